/* login.h - tries to get in with a password: who may try (core/throttle.h), how many are looked at together, and how many failures the audit is
 * told of. A password costs a third of a second of CPU, so one is looked at, a few wait, and the rest are sent away: calls that are due come
 * first. In memory alone: a restart forgives. Any thread. */
#ifndef EDGECRON_API_LOGIN_H
#define EDGECRON_API_LOGIN_H

#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>

#define LOGIN_WAITING_MAX 4 /* tries that wait for the one being looked at */
#define LOGIN_WAIT_MS 4000  /* and for how long */
#define LOGIN_RECORDS 10    /* entries of failures in the audit at once; and then ... */
#define LOGIN_RECORD_S 360  /* ... one more so often; what lies between is counted in the next */

struct login;

struct login *login_new(void);
void login_free(struct login *l);
/* Waits for its turn. ERR_TOO_MANY, and in how many seconds to come again. After 0 the caller calls login_leave, soon. */
int login_enter(struct login *l, const char *place, bool known, int *ret_wait_s, struct err *e);
void login_leave(struct login *l, const char *place, bool passed);
/* Counts a failure. True when the audit is to be told: of *ret_n of them. */
bool login_failed(struct login *l, int64_t *ret_n);
/* Failures that the audit was not told of; they are told now. */
int64_t login_failures(struct login *l);

#endif
