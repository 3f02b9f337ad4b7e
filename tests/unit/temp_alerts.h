/* temp_alerts.h - for unit tests: rules and channels out of one line. */
#ifndef EDGECRON_TEST_TEMP_ALERTS_H
#define EDGECRON_TEST_TEMP_ALERTS_H

#include "store/alerts.h"
#include "temp_store.h"

/* fields: "\"on\": \"failure\", ..." */
int rule_put(struct store *s, const char *name, const char *fields, int64_t if_revision, enum put_result *ret,
             struct err *e);
void put_rule(struct store *s, const char *name, const char *fields);
/* A webhook; fields: "" or ", \"key\": ...". */
int channel_put(struct store *s, const char *name, const char *fields, int64_t if_revision, enum put_result *ret,
                struct err *e);
void put_channel(struct store *s, const char *name, const char *fields);
/* The audit's actions and resources, oldest first, of those that begin so: "alert.create x; alert.mute x; ". mem_free it. */
char *audit_of(struct store *s, const char *prefix);

#endif
