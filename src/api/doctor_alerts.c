/* doctor_alerts.c - who hears of it: channels that fail or lack a secret, rules that reach nobody, a server that could tell nobody of itself. */
#include "api/doctor.h"
#include "base/age.h"
#include "base/mem.h"
#include "core/template.h"
#include "engine/heartbeat.h"
#include "store/alerts.h"
#include "store/settings.h"

#include <inttypes.h>
#include <string.h>

/* What is known of channels, in d->arena. */
struct known_channel {
    const char *name, *kind;
    bool enabled, needs_secret;
    struct names missing; /* secrets that it names, and are not set */
    struct channel_health health;
};
struct known_channels {
    struct doctor *d;
    struct known_channel list[CHANNELS_MAX];
    int n, enabled;
};

static void note_secret(void *ctx, const char *name)
{
    void **x = ctx;
    struct known_channel *c = x[1];
    c->needs_secret = true;
    if (!secrets_have(((struct doctor *)x[0])->store, name))
        names_add(x[0], &c->missing, name);
}

static bool note_channel(void *ctx, struct channel_record *r)
{
    struct known_channels *k = ctx;
    struct known_channel *c = &k->list[k->n];
    if (k->n < CHANNELS_MAX) {
        void *x[] = { k->d, c };
        k->n++;
        k->enabled += r->channel.enabled;
        c->name = arena_strdup(k->d->arena, r->channel.name);
        c->kind = channel_kind_name(r->channel.kind);
        c->enabled = r->channel.enabled;
        channel_secrets(&r->channel, note_secret, x);
    }
    channel_record_free(r);
    return true;
}

/* False: they could not be looked at, which is said. */
static bool know_channels(struct doctor *d, struct known_channels *ret)
{
    struct err e = { 0 };
    *ret = (struct known_channels){ .d = d };
    int rc = channels_each(d->store, note_channel, ret, &e);
    for (int i = 0; i < ret->n && !rc; i++)
        rc = channel_health(d->store, ret->list[i].name, d->arena, &ret->list[i].health, &e);
    if (rc)
        doctor_failed(d, &e);
    return !rc;
}

/* --- is anybody told? -------------------------------------------------------------------------------------------- */

struct known_rules {
    struct doctor *d;
    const struct known_channels *channels;
    int enabled;
};

static bool count_rule(void *ctx, struct alert_record *r)
{
    ((struct known_rules *)ctx)->enabled += r->rule.enabled;
    alert_record_free(r);
    return true;
}

static void say_no_channel(struct doctor *d, const struct known_channels *k)
{
    const char *why = "a job that fails is seen by those who look, and nobody else is told";
    if (k->n)
        doctor_add(d, DOCTOR_WARNING, why, doctor_text(d, "edgecron channel list%s", d->hint),
                   "every channel is disabled, so nobody is told of anything");
    else
        doctor_add(
            d, DOCTOR_NOTICE, why, doctor_text(d, "edgecron channel set ops --kind slack --url URL%s", d->hint),
            "there is no channel, so nobody is told of anything: name a Slack, Discord, Teams or ntfy address, a "
            "webhook, or a mail server");
}

static void say_sealed(struct doctor *d, const struct known_channels *k)
{
    for (int i = 0; i < k->n; i++)
        if (k->list[i].enabled && !k->list[i].needs_secret)
            return;
    doctor_add(d, DOCTOR_NOTICE,
               "without its master key a server cannot open what a channel needs: a channel that needs none, or a "
               "heartbeat, tells of that all the same",
               NULL, "every channel needs a secret, so a server that is sealed could tell nobody of it");
}

static void say_muted(struct doctor *d)
{
    struct err e = { 0 };
    struct wall until;
    char when[AGE_TEXT_SIZE];
    if (mute_get(d->store, MUTE_ALL, "", d->now, &until, &e))
        doctor_failed(d, &e);
    else if (until.ms == MUTED_FOR_EVER.ms)
        doctor_add(d, DOCTOR_WARNING, "nobody is told of anything, whatever happens",
                   doctor_text(d, "edgecron alert unmute%s", d->hint), "all alerts are muted until somebody ends that");
    else if (!wall_is_none(until))
        doctor_add(d, DOCTOR_NOTICE, "nobody is told of anything until then",
                   doctor_text(d, "edgecron alert unmute%s", d->hint), "all alerts are muted until %s",
                   age_time(until, d->now, when));
}

static void say_links(struct doctor *d)
{
    struct settings s;
    if (!settings_get(d->store, &s, NULL) && !*s.page_url)
        doctor_add(d, DOCTOR_NOTICE, "they name the command that shows the run instead",
                   doctor_text(d, "edgecron settings set --page-url URL%s", d->hint),
                   "the address of the page is not known, so messages have no link to the run");
}

void doctor_messages(struct doctor *d)
{
    struct known_channels k;
    struct known_rules rules = { .d = d };
    struct names told = { 0 };
    struct err e = { 0 };
    if (!know_channels(d, &k))
        return;
    if (alerts_each(d->store, count_rule, &rules, &e) < 0)
        doctor_failed(d, &e);
    say_muted(d);
    if (!k.enabled) {
        say_no_channel(d, &k);
        return;
    }
    for (int i = 0; i < k.n; i++)
        if (k.list[i].enabled)
            names_add(d, &told, k.list[i].name);
    if (!rules.enabled)
        doctor_add(d, DOCTOR_WARNING, "but for jobs with rules of their own, nobody is told of anything",
                   doctor_text(d, "edgecron alert set failing --on failure --enabled%s", d->hint),
                   "no alert rule is enabled");
    else
        doctor_add(d, DOCTOR_OK, NULL, NULL, "%d alert rule%s, told to channel%s %s", rules.enabled,
                   rules.enabled == 1 ? "" : "s", told.n == 1 ? "" : "s", names_text(d, &told));
    say_sealed(d, &k);
    say_links(d);
}

/* --- channels ---------------------------------------------------------------------------------------------------- */

static void say_channel(struct doctor *d, const struct known_channel *c)
{
    char since[AGE_TEXT_SIZE];
    for (int i = 0; i < c->missing.n && i < DOCTOR_NAMES_SHOWN; i++)
        doctor_add(d, DOCTOR_PROBLEM, "nothing can be sent to it, so nobody hears of what happens",
                   doctor_text(d, "edgecron secret set %s%s", c->missing.shown[i], d->key_hint),
                   "channel '%s' names secret '%s', which is not set", c->name, c->missing.shown[i]);
    if (c->missing.n)
        return;
    if (c->health.open >= ALERT_QUEUED_MAX)
        doctor_add(d, DOCTOR_PROBLEM, "until some of them end, what happens is not told there, and not later either",
                   doctor_text(d, "edgecron run list --job " CHANNEL_JOB_PREFIX "%s%s", c->name, d->hint),
                   "%" PRId64 " messages to channel '%s' wait, which is all there may be", c->health.open, c->name);
    if (!wall_is_none(c->health.failing_since))
        doctor_add(d, DOCTOR_PROBLEM, doctor_text(d, "the last one failed with: %s", c->health.message),
                   doctor_text(d, "edgecron channel test %s%s", c->name, d->hint),
                   "%" PRId64 " message%s to channel '%s' failed since %s", c->health.failed,
                   c->health.failed == 1 ? "" : "s", c->name, age_time(c->health.failing_since, d->now, since));
    else if (wall_is_none(c->health.last_sent_at) && c->health.open < ALERT_QUEUED_MAX)
        doctor_add(d, DOCTOR_NOTICE, "whether messages arrive is not known before one did",
                   doctor_text(d, "edgecron channel test %s%s", c->name, d->hint),
                   "no message was sent to channel '%s' yet", c->name);
}

void doctor_channels(struct doctor *d)
{
    struct known_channels k;
    if (!know_channels(d, &k))
        return;
    for (int i = 0; i < k.n; i++)
        if (k.list[i].enabled)
            say_channel(d, &k.list[i]);
}

/* --- rules ------------------------------------------------------------------------------------------------------- */

static bool is_disabled(const struct known_channels *k, const char *name)
{
    for (int i = 0; i < k->n; i++)
        if (!strcmp(k->list[i].name, name))
            return !k->list[i].enabled;
    return false;
}

/* `whose`: "rule 'failing'". */
static void look_at_rule(struct known_rules *x, const struct alert_rule *r, const char *whose)
{
    struct names off = { 0 };
    for (int i = 0; i < r->n_channels; i++)
        if (is_disabled(x->channels, r->channels[i]))
            names_add(x->d, &off, r->channels[i]);
    if (!r->enabled || off.n == 0)
        return;
    bool all = off.n == r->n_channels;
    doctor_add(x->d, all ? DOCTOR_WARNING : DOCTOR_NOTICE,
               all ? "nobody is told of what it watches"
                   : "nothing is sent there; the other channels that it names are told",
               doctor_text(x->d, "edgecron channel set %s --enabled%s", off.shown[0], x->d->hint),
               "%s names channel%s %s, which %s disabled", whose, off.n == 1 ? "" : "s", names_text(x->d, &off),
               off.n == 1 ? "is" : "are");
}

static bool look_at_record(void *ctx, struct alert_record *r)
{
    struct known_rules *x = ctx;
    look_at_rule(x, &r->rule, doctor_text(x->d, "rule '%s'", r->rule.name));
    alert_record_free(r);
    return true;
}

static void look_at_job(void *ctx, const struct job_record *r, const struct target *t)
{
    struct known_rules *x = ctx;
    struct alert_rule *own;
    int n;
    (void)t;
    if (alert_rules_of_job(r->job.alerts ? r->job.alerts : "[]", x->d->arena, &own, &n, NULL))
        return;
    for (int i = 0; i < n; i++)
        look_at_rule(x, &own[i], doctor_text(x->d, "job '%s', in a rule of its own,", r->job.name));
}

void doctor_rules(struct doctor *d)
{
    struct known_channels k;
    struct known_rules x = { .d = d, .channels = &k };
    struct err e = { 0 };
    if (!know_channels(d, &k))
        return;
    if (alerts_each(d->store, look_at_record, &x, &e) < 0)
        doctor_failed(d, &e);
    doctor_jobs(d, look_at_job, &x);
}

/* --- of our own death -------------------------------------------------------------------------------------------- */

static void note_missing(void *ctx, const char *name)
{
    struct doctor *d = ctx;
    if (!secrets_have(d->store, name))
        doctor_add(d, DOCTOR_PROBLEM, "no heartbeat can be sent, which looks like a server that is dead",
                   doctor_text(d, "edgecron secret set %s%s", name, d->key_hint),
                   "the heartbeat names secret '%s', which is not set", name);
}

static void say_beats(struct doctor *d, const struct settings *s)
{
    char when[AGE_TEXT_SIZE];
    struct heartbeat_status h = { .last_ok_at = WALL_NONE, .failing_since = WALL_NONE };
    if (d->engine)
        heartbeat_status(d->engine, &h);
    if (!wall_is_none(h.failing_since))
        doctor_add(d, DOCTOR_WARNING, "whoever waits for it takes this server for dead",
                   doctor_text(d, "edgecron settings set --heartbeat-url URL%s", d->hint),
                   "heartbeats are not taken since %s: %s", age_time(h.failing_since, d->now, when), h.error);
    else if (h.withheld)
        doctor_add(d, DOCTOR_WARNING, "whoever waits for it is told that something is wrong here, as is right", NULL,
                   "no heartbeat is sent: %s", h.withheld);
    else if (!wall_is_none(h.last_ok_at))
        doctor_add(d, DOCTOR_OK, NULL, NULL, "a heartbeat was taken at %s", age_time(h.last_ok_at, d->now, when));
    else
        doctor_add(d, DOCTOR_OK, NULL, NULL, "a heartbeat is sent every %" PRId64 " s while a server runs and is well",
                   s->heartbeat_every_s);
}

void doctor_heartbeat(struct doctor *d)
{
    struct settings s;
    struct err e = { 0 };
    if (settings_get(d->store, &s, &e)) {
        doctor_failed(d, &e);
        return;
    }
    if (!*s.heartbeat_url) {
        doctor_add(d, DOCTOR_NOTICE,
                   "a dead server tells nobody: have it call a service that misses it (Healthchecks.io, Cronitor, "
                   "Uptime Kuma)",
                   doctor_text(d, "edgecron settings set --heartbeat-url URL%s", d->hint), "no heartbeat is sent");
        return;
    }
    template_secrets(s.heartbeat_url, note_missing, d);
    if (d->said == 0)
        say_beats(d, &s);
}
