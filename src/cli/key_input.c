#include "cli/key_input.h"

#include "base/mem.h"
#include "cli/input.h"
#include "store/rekey.h"

#include <unistd.h>

#define KEY_TEXT_MAX 256 /* 64 digits, and some white space */

int key_input(const struct config *c, enum flag f, uint8_t ret[CRYPTO_KEY_SIZE], struct err *e)
{
    const char *file = config_text(c, f);
    struct buf text = BUF_INIT(KEY_TEXT_MAX);
    int r;
    buf_reserve(&text, text.max); /* all room at once: growing would leave copies behind */
    if (!file && isatty(STDIN_FILENO) == 1)
        r = input_secret(c, "the master key", &text, e);
    else
        r = input_read(file ? file : "-", "the master key", &text, e);
    if (r == 0 && !vault_key_decode(buf_str(&text), text.len, ret))
        r = err_set(e, ERR_INVALID, "%s%s%s is no master key: expected 64 hexadecimal digits, or 32 bytes",
                    file ? "what '" : "what was given", file ? file : "", file ? "' holds" : "");
    buf_wipe(&text);
    return r;
}
