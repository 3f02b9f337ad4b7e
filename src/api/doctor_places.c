/* doctor_places.c - the places that jobs call: can each be reached from here, and for how long is its certificate good?
 *
 * What is asked must never make a function work. What a target declares as its health path is asked for by GET: that is what it is
 * declared for. Otherwise its base URL is asked for by HEAD (RFC 9110, section 9.3.2: safe), without any
 * of its headers: so a function that is there after all is not shown its key, and refuses. Where a job calls the base URL itself,
 * so that a function is certainly there, and at the origins of jobs with a URL of their own, which nobody declared to be
 * anything, nothing is asked at all: name, egress rule, connection and TLS tell enough. Paths of jobs are never asked for;
 * what their functions say of keys, doctor_refused.c takes from runs that happened. OPTIONS would be no better: a function that
 * does not look at the method works for it as for any other. */
#include "api/doctor.h"
#include "base/age.h"
#include "base/mem.h"
#include "engine/check.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define PLACES_MOST 256

struct place {
    const char *label; /* "target 'prod'", "https://api.example.com" */
    bool declared;     /* it is a target */
    bool active;       /* a job that will run calls it */
    struct names jobs;
    struct target target; /* without headers; without a name when it is none */
    struct target_asked asked;
};

/* NULL: there are too many already. */
static struct place *add_place(struct doctor *d, const char *name, const char *base_url)
{
    if (d->n_places == PLACES_MOST) {
        d->places_left++;
        return NULL;
    }
    if (d->n_places == d->places_room) {
        d->places_room = d->places_room ? d->places_room * 2 : 16;
        d->places = mem_resize(d->places, (size_t)d->places_room * sizeof *d->places);
    }
    struct place *p = &d->places[d->n_places++];
    *p = (struct place){ .declared = name != NULL };
    p->target = (struct target){ .name = name ? arena_strdup(d->arena, name) : NULL,
                                 .base_url = arena_strdup(d->arena, base_url),
                                 .tls_min = "1.2" };
    p->label = name ? doctor_text(d, "target '%s'", name) : p->target.base_url;
    p->asked.connect_only = !name;
    return p;
}

static bool add_target(void *ctx, struct target_record *r)
{
    struct doctor *d = ctx;
    const struct target *t = &r->target;
    struct place *p = add_place(d, t->name, t->base_url);
    if (p) {
        const char **ranges = arena_alloc(d->arena, (size_t)(t->n_allow_private + 1) * sizeof *ranges);
        for (int i = 0; i < t->n_allow_private; i++)
            ranges[i] = arena_strdup(d->arena, t->allow_private[i]);
        p->target.allow_private = ranges;
        p->target.n_allow_private = t->n_allow_private;
        p->target.ca_file = t->ca_file ? arena_strdup(d->arena, t->ca_file) : NULL;
        p->target.health_path = t->health_path ? arena_strdup(d->arena, t->health_path) : NULL;
        p->target.tls_min = arena_strdup(d->arena, t->tls_min);
    }
    target_record_free(r);
    return true;
}

static struct place *find_target(struct doctor *d, const char *name)
{
    for (int i = 0; i < d->n_places; i++)
        if (d->places[i].declared && !strcmp(d->places[i].target.name, name))
            return &d->places[i];
    return NULL;
}

static struct place *find_origin(struct doctor *d, const char *origin)
{
    for (int i = 0; i < d->n_places; i++)
        if (!d->places[i].declared && !strcmp(d->places[i].target.base_url, origin))
            return &d->places[i];
    return NULL;
}

/* What is left of a URL when the base is taken off names nothing of its own. */
static bool is_base(const char *rest)
{
    rest += *rest == '/';
    return *rest == '\0' || *rest == '?' || *rest == '#';
}

static void spare_bases(struct doctor *d, const char *url)
{
    for (int i = 0; i < d->n_places; i++) {
        struct place *p = &d->places[i];
        size_t len = strlen(p->target.base_url);
        if (!strncmp(url, p->target.base_url, len) && is_base(url + len))
            p->asked.connect_only = true;
    }
}

static void note_job(void *ctx, const struct job_record *r, const struct target *t)
{
    struct doctor *d = ctx;
    struct url parts;
    struct place *p = NULL;
    const char *url = r->job.request.url, *origin;
    if (*url == '/' || !strstr(url, "://")) {
        p = t ? find_target(d, t->name) : NULL;
        if (p && is_base(url))
            p->asked.connect_only = true;
    } else if ((origin = doctor_origin(d, url, &parts))) {
        spare_bases(d, url);
        p = find_origin(d, origin);
        p = p ? p : add_place(d, NULL, origin);
    }
    if (!p)
        return;
    p->active |= doctor_job_active(d, r);
    names_add(d, &p->jobs, r->job.name);
}

void doctor_places(struct doctor *d)
{
    if (d->offline || !d->store)
        return;
    if (targets_each(d->store, add_target, d, &d->uncalled) == 0)
        doctor_jobs(d, note_job, d);
}

void doctor_call(struct doctor *d)
{
    struct target_asked *asked = mem_alloc(CHECK_AT_ONCE * sizeof *asked);
    if (d->n_places > 0 && d->step)
        d->step(d->ctx, "targets");
    for (int first = 0; first < d->n_places && !d->uncalled.code && !doctor_stops(d); first += CHECK_AT_ONCE) {
        int n = d->n_places - first < CHECK_AT_ONCE ? d->n_places - first : CHECK_AT_ONCE;
        for (int i = 0; i < n; i++) {
            asked[i] = d->places[first + i].asked;
            asked[i].target = &d->places[first + i].target;
        }
        target_checks(asked, n, d->allowed, d->n_allowed, d->timeout_ms, &d->uncalled);
        for (int i = 0; i < n; i++)
            d->places[first + i].asked = asked[i];
    }
    mem_free(asked);
}

/* --- what it means ------------------------------------------------------------------------------------------------ */

static const char *consequence(struct doctor *d, const struct place *p, const char *verb)
{
    if (p->active)
        return doctor_text(d, "calls of job%s %s %s", p->jobs.n == 1 ? "" : "s", names_text(d, &p->jobs), verb);
    return p->jobs.n > 0 ? "the jobs that call it are switched off or paused" : "no job calls it yet";
}

/* A problem where jobs need it. */
static enum severity weight(const struct place *p, enum severity of_active)
{
    return p->active ? of_active : DOCTOR_NOTICE;
}

static const char *mend_blocked(struct doctor *d, const struct place *p)
{
    struct url u;
    struct address a;
    if (!p->declared || strstr(p->asked.found.message, "no setting allows it") ||
        url_parse(p->target.base_url, &u, NULL))
        return NULL;
    return doctor_text(d, "edgecron target set %s --allow-private%s%s%s", p->target.name,
                       address_parse(u.host, &a) ? "=" : "", address_parse(u.host, &a) ? u.host : "", d->hint);
}

static const char *mend(struct doctor *d, const struct place *p)
{
    const struct target_check *k = &p->asked.found;
    if (k->outcome == OUTCOME_BLOCKED)
        return mend_blocked(d, p);
    if (k->outcome == OUTCOME_TLS && p->declared && strstr(k->message, "authority"))
        return doctor_text(d, "edgecron target set %s --ca-file /path/to/authority.pem%s", p->target.name, d->hint);
    return NULL;
}

/* The import gives a target whose address no file has its own name as a host, in a domain that never exists (RFC 6761, section 6.4). */
static bool is_stand_in(const struct place *p, struct url *ret)
{
    static const char end[] = ".invalid";
    size_t len = p->declared && url_parse(p->target.base_url, ret, NULL) == 0 ? strlen(ret->host) : 0;
    return len >= sizeof end && strcmp(ret->host + len - strlen(end), end) == 0 &&
           strncmp(p->target.name, ret->host, len - strlen(end)) == 0;
}

static void say_stand_in(struct doctor *d, const struct place *p, const struct url *u)
{
    doctor_add(d, weight(p, DOCTOR_PROBLEM), consequence(d, p, "fail"),
               doctor_text(d, "edgecron target set %s --base-url https://PROJECT-REF.supabase.co%s%s", p->target.name,
                           u->path, d->hint),
               "%s has no address yet: '%s' stands for the one that no imported file has; give it yours", p->label,
               u->host);
}

static void say_not_reached(struct doctor *d, const struct place *p)
{
    const struct target_check *k = &p->asked.found;
    const char *why = consequence(d, p, "fail");
    enum severity severity = weight(p, DOCTOR_PROBLEM);
    if (k->outcome == OUTCOME_BLOCKED && !d->allowed_known && p->active) {
        severity = DOCTOR_WARNING;
        why = doctor_text(d, "%s, unless the server was started with --allow-private: then give this command the same",
                          why);
    }
    doctor_add(d, severity, why, mend(d, p), "%s cannot be reached: %s", p->label, k->message);
}

static void say_reached(struct doctor *d, const struct place *p)
{
    const struct target_check *k = &p->asked.found;
    char tls[16] = "";
    if (k->tls)
        snprintf(tls, sizeof tls, ", TLS %s", k->peer.version == NET_TLS_1_3 ? "1.3" : "1.2");
    if (k->warns)
        doctor_add(d, weight(p, DOCTOR_WARNING), consequence(d, p, "may fail"), NULL, "%s: HTTP %d from %s: %s",
                   p->label, k->http_status, k->remote_address, k->meaning);
    else if (k->meaning)
        doctor_add(d, DOCTOR_OK, NULL, NULL, "%s can be reached at %s%s (HTTP %d, %" PRId64 " ms): %s", p->label,
                   k->remote_address, tls, k->http_status, k->timing.total_ms, k->meaning);
    else
        doctor_add(d, DOCTOR_OK, NULL, NULL, "%s can be reached at %s%s (%" PRId64 " ms)", p->label, k->remote_address,
                   tls, k->timing.total_ms);
}

void doctor_reached(struct doctor *d)
{
    if (d->uncalled.code)
        doctor_failed(d, &d->uncalled);
    for (int i = 0; !d->uncalled.code && i < d->n_places; i++) {
        const struct place *p = &d->places[i];
        struct url u;
        if (is_stand_in(p, &u))
            say_stand_in(d, p, &u);
        else if (p->asked.error.code)
            doctor_add(d, weight(p, DOCTOR_PROBLEM), consequence(d, p, "fail"), NULL, "%s cannot be called: %s",
                       p->label, p->asked.error.text);
        else if (p->asked.found.reached)
            say_reached(d, p);
        else
            say_not_reached(d, p);
    }
    if (d->places_left > 0)
        doctor_add(d, DOCTOR_NOTICE, "so many are called at most; any target can be looked at by itself",
                   doctor_text(d, "edgecron target check NAME%s", d->hint), "%d places were not called",
                   d->places_left);
}

static void look_at_certificate(struct doctor *d, const struct place *p)
{
    const struct target_check *k = &p->asked.found;
    char until[AGE_TEXT_SIZE];
    int64_t days = (k->peer.expires_at.ms - d->now.ms) / 86400000;
    age_time(k->peer.expires_at, WALL_NONE, until);
    if (k->expires_soon)
        doctor_add(
            d, weight(p, DOCTOR_WARNING),
            doctor_text(d,
                        "%s from then on: whoever runs the server there has to renew it, and see why that did not "
                        "happen by itself",
                        consequence(d, p, "fail")),
            NULL, "the certificate of %s ends in %" PRId64 " day%s, at %s", p->label, days, days == 1 ? "" : "s",
            until);
    else
        doctor_add(d, DOCTOR_OK, NULL, NULL, "the certificate of %s is good for %" PRId64 " more days, until %s",
                   p->label, days, until);
}

void doctor_certificates(struct doctor *d)
{
    for (int i = 0; !d->uncalled.code && i < d->n_places; i++) {
        const struct target_check *k = &d->places[i].asked.found;
        /* A session that went on shows none, and is of a host that was looked at already. */
        if (!d->places[i].asked.error.code && k->reached && k->tls && !wall_is_none(k->peer.expires_at))
            look_at_certificate(d, &d->places[i]);
    }
    if (d->said == 0)
        doctor_add(d, DOCTOR_OK, NULL, NULL, "no certificate was seen: no place that was reached speaks https");
}
