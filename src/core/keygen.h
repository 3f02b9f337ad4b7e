/* keygen.h - makes the text of a new key out of random bytes. Pure: the bytes come from the caller.
 *
 * Encodings carry `bytes` random bytes. Alphabets give `length` characters, each as likely as any other: a byte that
 * would favour some is thrown away (rejection sampling). Without a length, one that holds as much as `bytes` bytes. */
#ifndef EDGECRON_CORE_KEYGEN_H
#define EDGECRON_CORE_KEYGEN_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>

enum keygen_format { KEYGEN_BASE64, KEYGEN_BASE64URL, KEYGEN_HEX, KEYGEN_ALPHANUMERIC };

#define KEYGEN_BYTES 32 /* by default */
#define KEYGEN_BYTES_MIN 16
#define KEYGEN_BYTES_MAX 1024
#define KEYGEN_LENGTH_MIN 16
#define KEYGEN_LENGTH_MAX 4096
#define KEYGEN_SIZE (8 * KEYGEN_BYTES_MAX + 1) /* room for any key, with NUL: bits of the smallest alphabet */

struct keygen {
    enum keygen_format format;
    const char *alphabet; /* NULL: by format; else that many different visible ASCII characters, 2 to 94 */
    int bytes;            /* 0: KEYGEN_BYTES */
    int length;           /* characters, with an alphabet alone; 0: by `bytes` */
};

/* With `flags`: ERR_USAGE, naming the flag at fault; else ERR_INVALID at the member: "/alphabet", "/length". */
int keygen_check(const struct keygen *k, bool flags, struct err *e);
/* Writes a key and NUL; returns its length. `k` has passed keygen_check. */
size_t keygen_make(const struct keygen *k, void (*fill)(void *out, size_t len), char out[KEYGEN_SIZE]);

#endif
