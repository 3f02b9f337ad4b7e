/* pgcron_quote.h - what stands between quotes in SQL, read and written. Part of pgcron.h.
 *
 * Within the import a placeholder is a name between PGCRON_OPEN and PGCRON_CLOSE, two code points that no text may hold (Unicode's
 * noncharacters): so "{{" in the SQL stays what it is, and JSON that holds a placeholder stays JSON. Texts that are read never hold them:
 * pgcron_scrub. */
#ifndef EDGECRON_CORE_PGCRON_QUOTE_H
#define EDGECRON_CORE_PGCRON_QUOTE_H

#include "base/mem.h"

#include <stdbool.h>
#include <stddef.h>

#define PGCRON_OPEN "\xEF\xB7\x90"  /* U+FDD0 */
#define PGCRON_CLOSE "\xEF\xB7\x91" /* U+FDD1 */

/* Takes doubled quotes, and with `escapes` those of E'' (4.1.2.2), out of what was read. Bytes beyond ASCII that are written as escapes of bytes
 * become U+FFFD. */
const char *pgcron_unquote(struct arena *a, const char *s, size_t len, char quote, bool escapes);
/* The escapes of U&'' (4.1.2.3), with the usual backslash. */
const char *pgcron_unicode(struct arena *a, const char *s);
/* A copy of a text that may have been cut within a character, which becomes U+FFFD. */
const char *pgcron_mended(struct arena *a, const char *s);
/* Replaces the two code points above, in place. */
void pgcron_scrub(char *s, size_t len);

#endif
