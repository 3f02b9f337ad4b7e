#include "base/mem.h"
#include "cli/data.h"
#include "cli/handlers.h"
#include "cli/input.h"
#include "cli/output.h"
#include "cli/scratch.h"
#include "store/jobs.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static int64_t job_revision(struct store *s, const char *name)
{
    struct job_record *r = NULL;
    int64_t revision = jobs_get(s, name, &r, NULL) == 0 ? r->revision : 0;
    if (r)
        job_record_free(r);
    return revision;
}

static int64_t target_revision(struct store *s, const char *name)
{
    struct target_record *r = NULL;
    int64_t revision = targets_get(s, name, &r, NULL) == 0 ? r->revision : 0;
    if (r)
        target_record_free(r);
    return revision;
}

/* Revisions of all that the document names: targets, then jobs. */
static void take_revisions(struct store *s, const struct document *d, int64_t *out)
{
    for (int i = 0; i < d->n_targets; i++)
        *out++ = target_revision(s, d->targets[i].name);
    for (int i = 0; i < d->n_jobs; i++)
        *out++ = job_revision(s, d->jobs[i].name);
}

struct changes {
    const struct document *document;
    int64_t *before, *after;
    struct apply_counts targets, jobs;
};

static enum put_result result_of(const struct changes *c, int i)
{
    return c->before[i] == c->after[i] ? PUT_UNCHANGED : c->before[i] == 0 ? PUT_CREATED : PUT_UPDATED;
}

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
}

static int apply_within(struct data *d, struct changes *c, struct err *e)
{
    take_revisions(d->store, c->document, c->before);
    struct apply_result applied = { 0 };
    int r = apply_document(d->store, c->document, clock_wall(), &(struct apply_options){ .prune = false }, &applied, e);
    if (r < 0)
        return r;
    c->targets = applied.targets;
    c->jobs = applied.jobs;
    apply_result_free(&applied);
    take_revisions(d->store, c->document, c->after);
    note_secrets(d, c->document);
    return 0;
}

static int apply_all(struct data *d, struct changes *c, bool dry_run, struct err *e)
{
    int r = store_begin(d->store, e);
    if (r < 0)
        return r;
    r = apply_within(d, c, e);
    if (r == 0 && !dry_run)
        return store_commit(d->store, e);
    store_rollback(d->store);
    return r;
}

static void add_counts(struct json *v, const char *key, const struct apply_counts *n)
{
    struct json *o = json_add_object(v, key);
    json_add_int(o, "created", n->created);
    json_add_int(o, "updated", n->updated);
    json_add_int(o, "unchanged", n->unchanged);
}

static void print_json(const struct data *d, const struct changes *c, bool dry_run)
{
    struct json *v = json_new_object();
    json_add_bool(v, "dry_run", dry_run);
    add_counts(v, "targets", &c->targets);
    add_counts(v, "jobs", &c->jobs);
    data_unset_add(d, json_add_array(v, "secrets_not_set"));
    output_json(v);
}

static void print_text(const struct changes *c, bool dry_run)
{
    const struct document *d = c->document;
    const struct apply_counts *t = &c->targets, *j = &c->jobs;
    for (int i = 0; i < d->n_targets + d->n_jobs; i++)
        if (result_of(c, i) != PUT_UNCHANGED)
            printf("%s '%s' %s%s\n", i < d->n_targets ? "target" : "job",
                   i < d->n_targets ? d->targets[i].name : d->jobs[i - d->n_targets].name, dry_run ? "would be " : "",
                   data_put_text(result_of(c, i)));
    if (d->has_paused)
        printf("setting 'paused' %s %s\n", dry_run ? "would be" : "is", d->settings.paused ? "true" : "false");
    if (d->has_retention_days)
        printf("setting 'retention_days' %s %lld\n", dry_run ? "would be" : "is",
               (long long)d->settings.retention_days);
    printf("%stargets: %d created, %d updated, %d unchanged; jobs: %d created, %d updated, %d unchanged\n",
           dry_run ? "dry run, nothing was changed; " : "", t->created, t->updated, t->unchanged, j->created,
           j->updated, j->unchanged);
}

static int apply_parsed(struct data *d, const struct document *doc, bool dry_run, struct err *e)
{
    size_t n = (size_t)(doc->n_targets + doc->n_jobs) + 1;
    mem_auto int64_t *before = mem_alloc(n * sizeof *before), *after = mem_alloc(n * sizeof *after);
    struct changes c = { .document = doc, .before = before, .after = after };
    int r = apply_all(d, &c, dry_run, e);
    if (r < 0)
        return r;
    if (!dry_run)
        data_changed(d, NULL);
    if (config_on(d->config, FLAG_JSON))
        print_json(d, &c, dry_run);
    else
        print_text(&c, dry_run);
    data_warn_secrets(d);
    return 0;
}

static int apply_file(struct data *d, const char *path, bool dry_run, struct err *e)
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
        r = apply_parsed(d, &doc, dry_run, e);
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
    int r = apply_file(&d, path, true, e);
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
    int r = apply_file(&d, call->words[0], dry_run, e);
    data_close(&d);
    return r;
}
