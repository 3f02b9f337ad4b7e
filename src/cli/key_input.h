/* key_input.h - a master key from a file, a pipe or a terminal: 64 hexadecimal digits, or 32 bytes. Thread: main. */
#ifndef EDGECRON_CLI_KEY_INPUT_H
#define EDGECRON_CLI_KEY_INPUT_H

#include "base/crypto.h"
#include "cli/config.h"

/* From the file that the flag names, else standard input (asked for without echo on a terminal). ERR_INVALID when it is
 * no key. The caller wipes ret. */
int key_input(const struct config *c, enum flag f, uint8_t ret[CRYPTO_KEY_SIZE], struct err *e);

#endif
