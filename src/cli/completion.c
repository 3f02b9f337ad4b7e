#include "base/embed.h"
#include "cli/complete.h"
#include "cli/data.h"
#include "cli/handlers.h"
#include "cli/output.h"
#include "core/suggest.h"
#include "core/zone.h"
#include "store/alerts.h"
#include "store/runs.h"
#include "store/secrets.h"
#include "store/tokens.h"

#include <stdio.h>
#include <string.h>

#define SCRIPT_MAX (4 << 20)
#define RUNS_OFFERED 50

static int print_script(void (*print)(struct buf *out))
{
    buf_auto struct buf out = BUF_INIT(SCRIPT_MAX);
    print(&out);
    return output_text(buf_str(&out));
}

int completion_bash(struct call *call, struct err *e)
{
    (void)call, (void)e;
    return print_script(completion_bash_print);
}

int completion_zsh(struct call *call, struct err *e)
{
    (void)call, (void)e;
    return print_script(completion_zsh_print);
}

int completion_fish(struct call *call, struct err *e)
{
    (void)call, (void)e;
    return print_script(completion_fish_print);
}

static void print_revision(void *ctx, const char *name, int64_t revision, struct wall updated_at)
{
    (void)ctx, (void)revision, (void)updated_at;
    puts(name);
}

static void print_token(void *ctx, const struct token_info *t)
{
    (void)ctx;
    puts(t->name);
}

static void print_secrets(struct store *s)
{
    struct arena *a = arena_new(0);
    struct secret_info *list;
    int n = 0;
    if (secrets_list(s, NULL, clock_wall(), a, &list, &n, NULL) < 0)
        n = 0;
    for (int i = 0; i < n; i++)
        puts(list[i].name);
    arena_free(a);
}

/* With what they are of, for shells that show it: "ID<tab>failed nightly". */
static void print_runs(struct store *s)
{
    struct arena *a = arena_new(0);
    struct run *runs;
    const char *next;
    struct runs_filter f = RUNS_FILTER_INIT;
    f.limit = RUNS_OFFERED;
    int n = 0;
    if (runs_list(s, &f, a, &runs, &n, &next, NULL) < 0)
        n = 0;
    for (int i = 0; i < n; i++)
        printf("%s\t%s %s\n", runs[i].id, run_state_name(runs[i].state), runs[i].job);
    arena_free(a);
}

static void print_names(struct store *s, enum complete_kind k)
{
    if (k == COMPLETE_JOBS)
        jobs_revisions(s, print_revision, NULL, NULL);
    else if (k == COMPLETE_TARGETS)
        targets_revisions(s, print_revision, NULL, NULL);
    else if (k == COMPLETE_CHANNELS)
        channels_revisions(s, print_revision, NULL, NULL);
    else if (k == COMPLETE_ALERTS)
        alerts_revisions(s, print_revision, NULL, NULL);
    else if (k == COMPLETE_SECRETS)
        print_secrets(s);
    else if (k == COMPLETE_TOKENS)
        tokens_each(s, print_token, NULL, NULL);
    else
        print_runs(s);
}

static void print_zones(void)
{
    size_t len;
    const unsigned char *archive = embed_tzdata(&len);
    const char *name;
    for (size_t n = 0; (name = zone_archive_name(archive, len, n)); n++)
        puts(name);
}

static int kind_named(const char *word, struct err *e)
{
    struct suggest s = { .typed = word };
    for (int k = 0; k < COMPLETE_KINDS; k++) {
        const char *name = complete_kind_name((enum complete_kind)k);
        if (name && !strcmp(name, word))
            return k;
        if (name)
            suggest_offer(&s, name);
    }
    return err_set(
        e, ERR_USAGE,
        "there are no names of '%.40s': expected jobs, targets, secrets, alerts, channels, tokens, runs or zones%s%s%s",
        word, s.best ? "; did you mean '" : "", s.best ? s.best : "", s.best ? "'?" : "");
}

/* Between two keys of whoever types: a store that cannot be read has no names, and nothing is said. */
int completion_names(struct call *call, struct err *e)
{
    struct data d = { 0 };
    int k = kind_named(call->words[0], e);
    if (k < 0)
        return k;
    if (k == COMPLETE_ZONES)
        print_zones();
    else if (data_open(&d, &call->config, STORE_READ, e) == 0)
        print_names(d.store, (enum complete_kind)k);
    data_close(&d);
    return 0;
}
