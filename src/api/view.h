/* view.h - the JSON forms of the API, which are also those of every command's --json. */
#ifndef EDGECRON_API_VIEW_H
#define EDGECRON_API_VIEW_H

#include "base/json.h"
#include "store/audit.h"
#include "store/failing.h"
#include "store/jobs.h"
#include "store/runs.h"
#include "store/tokens.h"
#include "store/secrets.h"
#include "store/sessions.h"

/* How alerts stand on a job (standing.h). */
struct job_standing {
    int64_t firing;          /* states that fire */
    struct wall muted_until; /* WALL_NONE: it is not muted; MUTED_FOR_EVER */
};
/* Job: the apply form, plus a member "status": { revision, created_at, updated_at, paused, paused_until, next_at, last_run: {id, state, outcome,
 * scheduled_for, finished_at, message} | null, failing: {since, runs, run, outcome, http_status, message, last_success_at}
 * | null, firing, muted, muted_until }. next_at: WALL_NONE gives null; last and failing NULL give null. */
struct json *view_job(const struct job_record *r, struct wall next_at, const struct run *last,
                      const struct job_failing *failing, const struct job_standing *standing);
struct json *
view_target(const struct target_record *r); /* the apply form, plus "status": {revision, created_at, updated_at} */
/* Never a value. `now` decides what is overdue. */
struct json *view_secret(const struct secret_info *i, struct wall now);
struct json *view_audit(const struct audit_row *r);
struct json *view_token(const struct token_info *t);
struct json *view_session(const struct session_info *i);
/* Run with attempts[] (n_attempts -1: the member is left out, as in lists); attempt_count is in both. What a run or an attempt does not have
 * is null; message is always a string. Headers become an object; a name that stands more than once has an array of its values. */
struct json *view_run(const struct run *r, const struct attempt *attempts, int n_attempts);
/* {"dry_run", "prune", "targets": counts, and for channels, jobs and alerts, "changes": [{"kind", "name", "action", "diff": [{"pointer", "before", "after"}]}]}: of a
 * result with forms; all of the file's items, then what is removed. */
struct json *view_apply(const struct apply_result *r, const struct apply_options *o);
/* {"items": items, "next_cursor": cursor or null}; takes ownership of items. */
struct json *view_list(struct json *items, const char *next_cursor);
/* RFC 9457: {"type": "about:blank", "title", "status", "code", "detail", "pointer"?}. */
struct json *view_problem(const struct err *e);
/* Adds a wall time, or null for WALL_NONE. */
void view_add_time(struct json *object, const char *key, struct wall t);
/* "headers" of "Name: value\n" lines, as an object; a name that stands more than once gets an array of its values, in order. NULL: null. */
void view_add_headers(struct json *object, const char *lines);

#endif
