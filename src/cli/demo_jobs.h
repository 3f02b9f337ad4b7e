/* demo_jobs.h - what the demonstration's data directory is filled with. Thread: main, before the server starts. */
#ifndef EDGECRON_CLI_DEMO_JOBS_H
#define EDGECRON_CLI_DEMO_JOBS_H

#include "cli/config.h"
#include "store/tokens.h"

#define DEMO_KEY_SIZE 64
#define DEMO_FIRST_JOB "followup"
#define DEMO_WRONG_JOB "followup-wrong-key"

/* Target, jobs, secrets (all have `key` but one) and a token, which goes to ret_token. */
int demo_fill(const struct config *c, const char *dir, int functions_port, const char *key,
              char ret_token[TOKEN_TEXT_SIZE], struct err *e);

#endif
