/* sample.h - the demonstration's functions, served by the binary itself: what three users' edge functions ask for and answer.
 *
 *   POST /functions/v1/followup-processor          X-Internal-Key: KEY
 *   POST /functions/v1/process-reminders           Authorization: Bearer KEY (or X-Internal-Key)
 *   POST /functions/v1/appointment-status-updater  the same
 *
 * Each takes 20 to 150 ms, as a function would. Without the right key: 401, with a JSON body that says so. Keys are compared in constant time. */
#ifndef EDGECRON_API_SAMPLE_H
#define EDGECRON_API_SAMPLE_H

#include "api/reply.h"
#include "api/request.h"

bool sample_serves(const char *path);
int sample_answer(struct request *q, struct reply *p, struct err *e);

#endif
