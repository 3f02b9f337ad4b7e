/* password.h - may this be the administrator's password? Pure. No text repeats a part of it. */
#ifndef EDGECRON_CORE_PASSWORD_H
#define EDGECRON_CORE_PASSWORD_H

#include "base/err.h"

#include <stddef.h>

#define PASSWORD_MIN 10   /* characters */
#define PASSWORD_MAX 1024 /* bytes */

/* ERR_INVALID at "/password" for one that is too short or long, not UTF-8 text without control characters, or among the first that a
 * guesser would try (NIST SP 800-63B, section 5.1.1.2). */
int password_check(const char *password, size_t len, struct err *e);

#endif
