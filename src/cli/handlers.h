/* handlers.h - the handler of each command, by noun; the file is named after the noun. See command.h for what they return. */
#ifndef EDGECRON_CLI_HANDLERS_H
#define EDGECRON_CLI_HANDLERS_H

#include "cli/command.h"

int serve_run(struct call *call, struct err *e);
int demo_run(struct call *call, struct err *e);
int apply_run(struct call *call, struct err *e);
int export_run(struct call *call, struct err *e);
int import_pg_cron(struct call *call, struct err *e);
int job_list(struct call *call, struct err *e);
int job_show(struct call *call, struct err *e);
int job_set(struct call *call, struct err *e);
int job_remove(struct call *call, struct err *e);
int job_pause(struct call *call, struct err *e);
int job_resume(struct call *call, struct err *e);
int job_run(struct call *call, struct err *e);
int job_next(struct call *call, struct err *e);
int target_list(struct call *call, struct err *e);
int target_show(struct call *call, struct err *e);
int target_set(struct call *call, struct err *e);
int target_remove(struct call *call, struct err *e);
int target_check_run(struct call *call, struct err *e);
int secret_list(struct call *call, struct err *e);
int secret_show(struct call *call, struct err *e);
int secret_set(struct call *call, struct err *e);
int secret_generate(struct call *call, struct err *e);
int secret_rotate(struct call *call, struct err *e);
int secret_remove(struct call *call, struct err *e);
int run_list(struct call *call, struct err *e);
int run_show(struct call *call, struct err *e);
int run_cancel(struct call *call, struct err *e);
int run_retry(struct call *call, struct err *e);
int schedule_next(struct call *call, struct err *e);
int schedule_explain(struct call *call, struct err *e);
int settings_show(struct call *call, struct err *e);
int settings_set(struct call *call, struct err *e);
int alert_list(struct call *call, struct err *e);
int alert_show(struct call *call, struct err *e);
int alert_set(struct call *call, struct err *e);
int alert_remove(struct call *call, struct err *e);
int alert_mute(struct call *call, struct err *e);
int alert_unmute(struct call *call, struct err *e);
int alert_firing(struct call *call, struct err *e);
int alert_history(struct call *call, struct err *e);
int alert_test(struct call *call, struct err *e);
int channel_list(struct call *call, struct err *e);
int channel_show(struct call *call, struct err *e);
int channel_set(struct call *call, struct err *e);
int channel_remove(struct call *call, struct err *e);
int channel_test(struct call *call, struct err *e);
int stats_show(struct call *call, struct err *e);
int token_create(struct call *call, struct err *e);
int token_list(struct call *call, struct err *e);
int token_revoke(struct call *call, struct err *e);
int admin_show(struct call *call, struct err *e);
int admin_set_password(struct call *call, struct err *e);
int admin_setup_link(struct call *call, struct err *e);
int admin_sessions(struct call *call, struct err *e);
int admin_revoke_sessions(struct call *call, struct err *e);
int audit_show(struct call *call, struct err *e);
int rekey_run(struct call *call, struct err *e);
int unseal_run(struct call *call, struct err *e);
int backup_run(struct call *call, struct err *e);
int backup_check(struct call *call, struct err *e);
int restore_run(struct call *call, struct err *e);
int doctor_run(struct call *call, struct err *e);
int install_run(struct call *call, struct err *e);
int healthcheck_run(struct call *call, struct err *e);
int schema_run(struct call *call, struct err *e);
int completion_bash(struct call *call, struct err *e);
int completion_zsh(struct call *call, struct err *e);
int completion_fish(struct call *call, struct err *e);
int completion_names(struct call *call, struct err *e);
int man_run(struct call *call, struct err *e);
int version_run(struct call *call, struct err *e);
int help_run(struct call *call, struct err *e);

#endif
