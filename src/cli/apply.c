#include "base/mem.h"
#include "cli/apply.h"
#include "cli/handlers.h"
#include "cli/input.h"
#include "cli/output.h"
#include "cli/progress.h"
#include "cli/scratch.h"
#include "core/template.h"

#include <unistd.h>

#define FORMS_MAX 1000 /* jobs up to which an apply that is no dry run shows each field it changes */

static void note_secrets(struct data *d, const struct document *doc)
{
    for (int i = 0; i < doc->n_targets; i++)
        data_note_secrets(d, NULL, &doc->targets[i]);
    for (int i = 0; i < doc->n_jobs; i++) {
        const struct job *j = &doc->jobs[i];
        struct target_record *t = NULL;
        if (j->target)
            targets_get(d->store, j->target, &t, NULL);
        data_note_secrets(d, j, t ? &t->target : NULL);
        if (t)
            target_record_free(t);
    }
    for (int i = 0; i < doc->n_channels; i++)
        channel_secrets(&doc->channels[i], data_note_secret, d);
    if (doc->has[SETTING_heartbeat_url])
        template_secrets(doc->settings.heartbeat_url, data_note_secret, d);
}

/* A file that holds nothing is rather the wrong file than the wish to remove all. */
static int refuse_emptying(const struct document *doc, const struct apply_result *r, struct err *e)
{
    int removed = r->jobs.removed + r->targets.removed;
    if (removed == 0 || doc->n_jobs + doc->n_targets > 0)
        return 0;
    return err_set(
        e, ERR_CONFLICT,
        "the file holds no job and no target, and --prune would remove all that there are (%d jobs, %d targets): "
        "is it the right file? ('edgecron job remove' removes one)",
        r->jobs.removed, r->targets.removed);
}

static int apply_within(struct data *d, const struct document *doc, const struct apply_options *o,
                        struct apply_result *ret, struct err *e)
{
    int r = apply_document(d->store, doc, clock_wall(), o, ret, e);
    if (r == 0)
        r = refuse_emptying(doc, ret, e);
    if (r == 0)
        note_secrets(d, doc);
    return r;
}

static int apply_all(struct data *d, const struct document *doc, const struct apply_options *o,
                     struct apply_result *ret, struct err *e)
{
    int r = store_begin(d->store, e);
    if (r < 0)
        return r;
    r = apply_within(d, doc, o, ret, e);
    if (r == 0 && !o->dry_run)
        return store_commit(d->store, e);
    store_rollback(d->store);
    return r;
}

static int apply_parsed(struct data *d, const struct document *doc, struct err *e)
{
    bool json = config_on(d->config, FLAG_JSON), dry_run = config_on(d->config, FLAG_DRY_RUN);
    const struct apply_options o = { .prune = config_on(d->config, FLAG_PRUNE),
                                     .dry_run = dry_run,
                                     .forms = json || dry_run || doc->n_jobs <= FORMS_MAX };
    struct apply_result result = { .arena = NULL };
    struct progress progress = progress_begin(d->config);
    if (doc->n_jobs > FORMS_MAX)
        progress_step(&progress, "storing many jobs");
    int r = apply_all(d, doc, &o, &result, e);
    progress_end(&progress);
    if (r == 0) {
        if (!dry_run)
            data_changed(d, NULL);
        if (json)
            apply_print_json(d, &result, &o);
        else
            apply_print(&result, &o);
        data_warn_secrets(d);
    }
    apply_result_free(&result);
    return r;
}

static int apply_file(struct data *d, const char *path, struct err *e)
{
    json_auto struct json *v = input_json(path, "an apply file", DOCUMENT_MAX, e);
    if (!v)
        return -(int)e->code;
    struct arena *a = arena_new(0);
    struct document doc = { 0 };
    int r = document_parse(v, zones_known, data_zones(d), a, &doc, e);
    if (r == 0)
        r = data_open(d, d->config, STORE_WRITE, e);
    if (r == 0)
        r = apply_parsed(d, &doc, e);
    arena_free(a);
    return r;
}

/* A dry run leaves nothing behind: where there is no store yet, it works on one of its own. */
static int apply_nowhere(struct call *call, const char *path, struct err *e)
{
    struct flag_value *directory = &call->config.values[FLAG_DATA];
    const char *named = directory->text;
    struct data d = { .config = &call->config };
    mem_auto char *dir = scratch_make("edgecron-dry-run", e);
    if (!dir)
        return -(int)e->code;
    directory->text = dir;
    int r = apply_file(&d, path, e);
    data_close(&d);
    directory->text = named;
    scratch_remove(dir);
    return r;
}

int apply_run(struct call *call, struct err *e)
{
    struct data d = { .config = &call->config };
    bool dry_run = config_on(&call->config, FLAG_DRY_RUN);
    mem_auto char *db = mem_printf("%s/edgecron.db", config_text(&call->config, FLAG_DATA));
    if (dry_run && access(db, F_OK))
        return apply_nowhere(call, call->words[0], e);
    int r = apply_file(&d, call->words[0], e);
    data_close(&d);
    return r;
}
