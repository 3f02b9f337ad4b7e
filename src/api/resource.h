/* resource.h - the handlers that the route table names, by resource; each is a route_handler (route.h). */
#ifndef EDGECRON_API_RESOURCE_H
#define EDGECRON_API_RESOURCE_H

#include "api/reply.h"
#include "api/request.h"
#include "api/transaction.h"
#include "core/run.h"

int api_alive(struct request *q, struct reply *p, struct err *e);
int api_ready(struct request *q, struct reply *p, struct err *e);
int api_status(struct request *q, struct reply *p, struct err *e);
int api_doctor(struct request *q, struct reply *p, struct err *e);
int api_metrics(struct request *q, struct reply *p, struct err *e);
int api_openapi(struct request *q, struct reply *p, struct err *e);

int api_jobs_list(struct request *q, struct reply *p, struct err *e);
int api_jobs_show(struct request *q, struct reply *p, struct err *e);
int api_jobs_next(struct request *q, struct reply *p, struct err *e);
int api_jobs_run(struct request *q, struct reply *p, struct err *e);
int api_jobs_pause(struct request *q, struct reply *p, struct err *e);
int api_jobs_resume(struct request *q, struct reply *p, struct err *e);

int api_jobs_request(struct request *q, struct reply *p, struct err *e);

int api_stats(struct request *q, struct reply *p, struct err *e);
int api_jobs_stats(struct request *q, struct reply *p, struct err *e);

int api_schedule_upcoming(struct request *q, struct reply *p, struct err *e);
int api_schedule_preview(struct request *q, struct reply *p, struct err *e);

int api_runs_list(struct request *q, struct reply *p, struct err *e);
int api_runs_show(struct request *q, struct reply *p, struct err *e);
int api_runs_cancel(struct request *q, struct reply *p, struct err *e);
int api_runs_retry(struct request *q, struct reply *p, struct err *e);

int api_targets_list(struct request *q, struct reply *p, struct err *e);
int api_targets_show(struct request *q, struct reply *p, struct err *e);
int api_alerts_list(struct request *q, struct reply *p, struct err *e);
int api_alerts_show(struct request *q, struct reply *p, struct err *e);
int api_alerts_create(struct request *q, struct reply *p, struct err *e);
int api_alerts_put(struct request *q, struct reply *p, struct err *e);
int api_alerts_patch(struct request *q, struct reply *p, struct err *e);
int api_alerts_remove(struct request *q, struct reply *p, struct err *e);
int api_firing_list(struct request *q, struct reply *p, struct err *e);
int api_mutes_list(struct request *q, struct reply *p, struct err *e);
int api_mutes_put(struct request *q, struct reply *p, struct err *e);
int api_mutes_remove(struct request *q, struct reply *p, struct err *e);
int api_channels_list(struct request *q, struct reply *p, struct err *e);
int api_channels_show(struct request *q, struct reply *p, struct err *e);
int api_channels_create(struct request *q, struct reply *p, struct err *e);
int api_channels_put(struct request *q, struct reply *p, struct err *e);
int api_channels_patch(struct request *q, struct reply *p, struct err *e);
int api_channels_remove(struct request *q, struct reply *p, struct err *e);
int api_channels_test(struct request *q, struct reply *p, struct err *e);

int api_secrets_list(struct request *q, struct reply *p, struct err *e);
int api_secrets_show(struct request *q, struct reply *p, struct err *e);

int api_jobs_create(struct request *q, struct reply *p, struct err *e);
int api_jobs_put(struct request *q, struct reply *p, struct err *e);
int api_jobs_patch(struct request *q, struct reply *p, struct err *e);
int api_jobs_remove(struct request *q, struct reply *p, struct err *e);
int api_targets_create(struct request *q, struct reply *p, struct err *e);
int api_targets_put(struct request *q, struct reply *p, struct err *e);
int api_targets_patch(struct request *q, struct reply *p, struct err *e);
int api_targets_check(struct request *q, struct reply *p, struct err *e);
int api_targets_remove(struct request *q, struct reply *p, struct err *e);
int api_secrets_put(struct request *q, struct reply *p, struct err *e);
int api_secrets_patch(struct request *q, struct reply *p, struct err *e);
int api_secrets_generate(struct request *q, struct reply *p, struct err *e);
int api_secrets_rotate(struct request *q, struct reply *p, struct err *e);
int api_secrets_remove(struct request *q, struct reply *p, struct err *e);
int api_settings_show(struct request *q, struct reply *p, struct err *e);
int api_settings_patch(struct request *q, struct reply *p, struct err *e);
int api_apply(struct request *q, struct reply *p, struct err *e);
int api_export(struct request *q, struct reply *p, struct err *e);

int api_audit_list(struct request *q, struct reply *p, struct err *e);
int api_unseal(struct request *q, struct reply *p, struct err *e);

int api_setup_show(struct request *q, struct reply *p, struct err *e);
int api_setup(struct request *q, struct reply *p, struct err *e);
int api_session_begin(struct request *q, struct reply *p, struct err *e);
int api_session_show(struct request *q, struct reply *p, struct err *e);
int api_session_end(struct request *q, struct reply *p, struct err *e);
int api_sessions_list(struct request *q, struct reply *p, struct err *e);
int api_sessions_revoke(struct request *q, struct reply *p, struct err *e);
int api_admin_password(struct request *q, struct reply *p, struct err *e);
int api_tokens_list(struct request *q, struct reply *p, struct err *e);
int api_tokens_create(struct request *q, struct reply *p, struct err *e);
int api_tokens_show(struct request *q, struct reply *p, struct err *e);
int api_tokens_revoke(struct request *q, struct reply *p, struct err *e);

/* The jobs that the query's job, tag and target, and the asker's tags, leave. ERR_INVALID for what cannot be a job. */
struct job_scope;
int api_scope(const struct request *q, struct job_scope *ret, struct err *e);
/* What causes a run that this request asks for: a person with a session, or a program with a token. */
enum trigger api_trigger(const struct request *q);
int api_backup(struct request *q, struct reply *p, struct err *e);
int api_events(struct request *q, struct reply *p, struct err *e);

/* The rule with how it stands; `s` is the request's reader, or the writer's store. */
struct alert_record;
int api_alerts_view(struct store *s, struct request *q, const struct alert_record *r, struct json **ret, struct err *e);

/* A run that somebody asked for, as it is in the transaction: 202, with its Location. */
int api_runs_accepted(struct store *s, struct request *q, struct reply *p, const char *id, struct err *e);
/* transaction_do; with Retry-After when there are too many runs already. */
int api_runs_ask(struct request *q, struct reply *p, transaction_exec exec, void *ctx, struct err *e);
/* The run as it is now, with attempts, as the reply. */
int api_runs_reply(struct request *q, struct reply *p, int status, const char *id, struct err *e);

#endif
