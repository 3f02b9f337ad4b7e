/* view_alert.h - the JSON forms of alert rules, states, mutes and channels, which are also those of every command's --json. */
#ifndef EDGECRON_API_VIEW_ALERT_H
#define EDGECRON_API_VIEW_ALERT_H

#include "base/json.h"
#include "store/alerts.h"

#define ALERT_SUBJECTS_SHOWN 20 /* of a rule's `status.subjects` */

/* How a rule stands (standing.h). Times of mutes: WALL_NONE not muted, MUTED_FOR_EVER until somebody ends it. */
struct alert_standing {
    int64_t firing;          /* states that fire */
    struct wall muted_until; /* the rule itself, or all alerts */
    const struct firing_row *subjects;
    int n_subjects; /* at most ALERT_SUBJECTS_SHOWN */
};
/* A state, and until when it is muted by whatever mute covers it. */
struct firing_row {
    struct watch_state state;
    struct wall muted_until;
};

/* The rule's form, plus "status": {revision, created_at, updated_at, firing, muted, muted_until, subjects: [Firing]}. */
struct json *view_alert(const struct alert_record *r, const struct alert_standing *st);
struct json *view_firing(const struct firing_row *x);
struct json *view_mute(enum mute_scope scope, const char *name, struct wall until);
/* The channel's form, plus "status": {revision, created_at, updated_at, last_sent_at, failing_since, failed, run, message, open}. Unless `whole`, keys that
 * were pasted into it are covered ("***"), and the whole path of a URL that is itself the key: for those who may not change it. */
struct json *view_channel(const struct channel_record *r, const struct channel_health *h, bool whole);
void view_cover_file(struct json *file); /* the same for the channels and the settings of an apply file */
void view_cover_settings(
    struct json *settings); /* and for settings: heartbeat_url, which whoever knows it can call in our place */
/* The same for an attempt to send a message: its URL and headers, anew in the arena. */
struct attempt;
void view_cover_attempt(struct attempt *at, struct arena *a);
/* "muted" and "muted_until". */
void view_add_muted(struct json *object, struct wall until);

#endif
