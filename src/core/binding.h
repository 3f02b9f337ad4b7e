/* binding.h - may this request carry that secret? A secret can be bound to targets, so that it goes nowhere else. Pure.
 *
 * A request whose URL is a path on a target goes to that target, and may carry what is bound to it by name. One whose
 * URL is absolute may carry a bound secret only to the origin (scheme, host, port: RFC 6454) of a target that the
 * secret is bound to. A target's own headers go to it alone. Where a host is filled in only when the call is made,
 * nobody can tell before: a bound secret is refused there when the job is saved. */
#ifndef EDGECRON_CORE_BINDING_H
#define EDGECRON_CORE_BINDING_H

#include "base/err.h"
#include "core/job.h"
#include "core/url.h"

#include <stdbool.h>

struct binding_target {
    const char *name, *base_url;
};
struct binding {
    const struct binding_target *targets;
    int n; /* 0: the secret may go anywhere */
};

/* What a secret is bound to; NULL: nothing. */
typedef const struct binding *(*binding_find)(void *ctx, const char *secret);

/* May it go to `target` (by path; NULL: the URL is absolute) at `origin` (NULL: not known yet)? */
bool binding_allows(const struct binding *b, const char *target, const struct url *origin);
/* ERR_INVALID at the pointer of the template that would send a secret where it may not go, with what would be right. */
int binding_check_job(const struct job *j, binding_find find, void *ctx, struct err *e);
int binding_check_target(const struct target *t, binding_find find, void *ctx, struct err *e);
/* The words for it: "secret 'K' is bound to target 'prod' and may not be sent to ...". Returns -code. */
int binding_refuse(const struct binding *b, const char *secret, enum err_code code, const char *target,
                   const struct url *origin, struct err *e);
bool origin_equal(const struct url *a, const struct url *b);

#endif
