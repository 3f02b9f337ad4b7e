/* job.h - what a job and a target are: read from JSON, checked, written back. Pure.
 *
 * One JSON form for API, apply and export. Parsing fills every default, so that a parsed job
 * printed again and parsed again is the same job. Every refusal has the JSON pointer of the field and says
 * what would be right; unknown fields are refused. A struct job and all it points to live in one arena.
 *
 * Caps: description 1,000 bytes; 20 tags of 40 bytes [a-z0-9_.:-]; 40 headers, names 128, values 8 KiB; URL 4 KiB;
 * body 1 MiB; 20 success rules; 40 metrics; URL, header values and body strings may hold placeholders (template.h). */
#ifndef EDGECRON_CORE_JOB_H
#define EDGECRON_CORE_JOB_H

#include "base/clock.h"
#include "base/err.h"
#include "base/json.h"
#include "base/mem.h"

#include <stdbool.h>
#include <stdint.h>

#define JOB_NAME_MAX 63    /* [a-z0-9][a-z0-9_-]{0,62}; targets too */
#define SECRET_NAME_MAX 63 /* [A-Za-z_][A-Za-z0-9_]{0,62} */

enum method { METHOD_GET, METHOD_POST, METHOD_PUT, METHOD_PATCH, METHOD_DELETE, METHOD_HEAD };
enum delivery { DELIVERY_AT_LEAST_ONCE, DELIVERY_AT_MOST_ONCE };
enum overlap { OVERLAP_SKIP, OVERLAP_QUEUE, OVERLAP_ALLOW, OVERLAP_CANCEL_RUNNING };
#define JOB_BODY_MAX (10 * 1024 * 1024)

enum catch_up_policy { CATCH_UP_NONE, CATCH_UP_LATEST, CATCH_UP_ALL };
enum body_kind { BODY_NONE, BODY_JSON, BODY_TEXT };

struct header {
    const char *name;  /* as written; an RFC 9110 token */
    const char *value; /* may hold placeholders; no control characters */
};

struct request_spec {
    enum method method; /* default POST */
    const char
        *url; /* absolute http(s) URL, or a path on the job's target beginning with '/'; the target's headers go along
                         * only to the target's own scheme, host and port */
    const struct header *headers;
    int n_headers;
    enum body_kind body_kind;
    const char *body; /* up to JOB_BODY_MAX bytes; JSON text (compact, as given) or string; NULL when BODY_NONE */
};

struct retry_policy {
    int max_attempts;          /* 1..100, default 3 */
    int64_t initial_ms;        /* 1..86400000, default 5000 */
    double multiplier;         /* 1..10, default 2 */
    int64_t max_ms;            /* initial_ms..86400000, default 300000 */
    int64_t max_age_s;         /* 0..604800 since scheduled_for, default 3600; 0: no limit */
    bool past_next_occurrence; /* default false: no new attempt once the job's next occurrence is due */
};

struct catch_up {
    enum catch_up_policy policy; /* default latest */
    int64_t window_s;            /* 0..2592000, default 21600 */
};

enum rule_kind { RULE_EQUALS, RULE_EXISTS, RULE_MATCHES };
struct success_rule {
    const char *pointer; /* RFC 6901 into the response body */
    enum rule_kind kind;
    const char *value; /* RULE_EQUALS: JSON text; RULE_EXISTS: "true" or "false"; RULE_MATCHES: POSIX extended regex */
};
struct success {
    const char *const *status; /* "2xx", "204", "200-299"; default { "2xx" } */
    int n_status;
    const struct success_rule *rules;
    int n_rules;
};
struct metric_spec {
    const char *name;    /* [a-zA-Z_][a-zA-Z0-9_]{0,62} */
    const char *pointer; /* RFC 6901 to a number (or boolean) in the response body */
};

struct job {
    const char *name, *description;
    bool enabled; /* default true */
    const char *const *tags;
    int n_tags;
    const char *schedule;           /* as written; valid for cron.h */
    const char *timezone;           /* IANA name, default "UTC"; known to zone.h */
    int64_t jitter_s;               /* 0..86400 */
    struct wall starts_at, ends_at; /* WALL_NONE when null */
    const char *target;             /* NULL when none: then request.url is absolute */
    struct request_spec request;
    int64_t timeout_ms;         /* 1..86400000, default 120000: the whole exchange */
    int64_t connect_timeout_ms; /* 1..86400000, default 10000: name look-up, TCP and TLS */
    enum delivery delivery;
    struct retry_policy retry;
    enum overlap overlap;
    struct catch_up catch_up;
    struct success success;
    const struct metric_spec *metrics;
    int n_metrics;
    const char *alerts; /* JSON text of the array, kept as given */
};

/* A rate such as "10/s" or "300/m": NULL text for none; n requests per interval. */
struct rate {
    int64_t n;           /* 0: no limit */
    int64_t interval_ms; /* 1000 or 60000 */
};
struct target {
    const char *name;
    const char *base_url;         /* http(s)://host[:port][/path], no query, no trailing slash kept */
    const struct header *headers; /* put before the job's own; the job's wins on the same name */
    int n_headers;
    int max_concurrent; /* 1..10000, default 64 */
    struct rate rate;
    const char *ca_file;              /* absolute path, or NULL: the system's roots */
    const char *tls_min;              /* "1.2" (default) or "1.3" */
    const char *const *allow_private; /* CIDRs */
    int n_allow_private;
    const char *health_path; /* of something to GET that does no work, put after base_url; NULL: none is known */
};

/* Zones are data that core cannot read itself: says whether an IANA name is known. If not, *why may tell which is near. */
typedef bool (*job_zone_known)(void *ctx, const char *name, struct err *why);

/* Everything lands in `a`. `doc` may lack "name" when `name` is given (from a URL path); when both are there they must
 * agree. `zone_known` NULL: any non-empty name passes. */
int job_parse(const struct json *doc, const char *name, job_zone_known zone_known, void *ctx, struct arena *a,
              struct job *ret, struct err *e);
struct json *job_to_json(const struct job *j); /* every field, in the order of struct job */
int target_parse(const struct json *doc, const char *name, struct arena *a, struct target *ret, struct err *e);
struct json *target_to_json(const struct target *t);

bool job_name_valid(const char *name);
bool secret_name_valid(const char *name);
bool job_tag_valid(const char *tag);    /* NULL is none */
const char *method_name(enum method m); /* "POST" */
const char *delivery_name(enum delivery d);
const char *overlap_name(enum overlap o);
const char *catch_up_policy_name(enum catch_up_policy p);

/* The full URL template of a job's request: its absolute URL, or base_url + path. `t` is the job's target or
 * NULL. In `a`. */
const char *job_url(const struct job *j, const struct target *t, struct arena *a);

#endif
