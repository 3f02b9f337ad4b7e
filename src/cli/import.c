#include "cli/import.h"

#include "base/mem.h"
#include "cli/handlers.h"
#include "cli/output.h"

#include <stdio.h>
#include <string.h>

#define ADDRESSES_MAX 50

struct import {
    struct arena *arena;
    struct pgcron *reader;
    struct import_files files;
    struct pgcron_known known[ADDRESSES_MAX];
    size_t n_known;
    struct pgcron_document doc;
};

static int read_address(struct import *im, const char *text, struct err *e)
{
    const char *equals = strchr(text, '=');
    char *name = equals ? arena_strndup(im->arena, text, (size_t)(equals - text)) : NULL;
    if (!name || !secret_name_valid(name) || !equals[1])
        return err_set(e, ERR_USAGE,
                       "--address is '%.80s'; expected NAME=VALUE, such as project_url=https://abc.supabase.co", text);
    if (im->n_known == ADDRESSES_MAX)
        return err_set(e, ERR_USAGE, "--address is there more than %d times", ADDRESSES_MAX);
    im->known[im->n_known++] = (struct pgcron_known){ name, equals + 1 };
    return 0;
}

static int read_addresses(struct import *im, const struct config *c, struct err *e)
{
    int pos = 0, r = 0;
    for (const char *text; r == 0 && (text = config_each(c, FLAG_ADDRESS, &pos));)
        r = read_address(im, text, e);
    return r;
}

/* A name that no URL begins with is a slip of the pen: nothing would come of it. */
static int check_addresses(const struct import *im, const struct pgcron_result *found, struct err *e)
{
    for (size_t i = 0; i < im->n_known; i++) {
        const char *other = NULL;
        bool is_used = false;
        for (size_t k = 0; k < found->n_secrets; k++) {
            is_used = is_used || !strcmp(found->secrets[k].name, im->known[i].name);
            other = !other && found->secrets[k].address ? found->secrets[k].name : other;
        }
        if (!is_used)
            return err_set(e, ERR_USAGE, "--address names '%s', of which no job's URL is made%s%s%s", im->known[i].name,
                           other ? "; did you mean '" : ": leave it out", other ? other : "", other ? "'?" : "");
    }
    return 0;
}

static int make_document(struct import *im, struct data *d, struct err *e)
{
    const struct pgcron_result *found = pgcron_result(im->reader);
    const struct pgcron_options o = { .known = im->known,
                                      .n_known = im->n_known,
                                      .files = im->files.names,
                                      .n_files = im->files.n,
                                      .disabled = config_on(d->config, FLAG_IMPORT_DISABLED),
                                      .zone_known = zones_known,
                                      .zone_ctx = data_zones(d) };
    if (found->n_jobs == 0 && found->n_notes == 0)
        return err_set(
            e, ERR_NOT_FOUND,
            "no job of pg_cron is in %zu file%s: expected calls of cron.schedule, or the rows of the table cron.job "
            "(which 'pg_dump --schema-only' leaves out)%s%.300s",
            im->files.n, im->files.n == 1 ? "" : "s", im->files.n_left_out ? "; " : "",
            im->files.n_left_out ? im->files.left_out[0] : "");
    int r = check_addresses(im, found, e);
    return r < 0 ? r : pgcron_document(found, &o, im->arena, &im->doc, e);
}

static int print_json(struct import *im)
{
    import_print_notes(&im->doc, &im->files, true);
    output_json(im->doc.file);
    im->doc.file = NULL;
    return 0;
}

/* Secrets that are set already need not be asked for; a store that is not there, or cannot be read, has none. */
static int print_dry_run(struct import *im, struct data *d)
{
    struct err unused;
    if (data_open(d, d->config, STORE_READ, &unused) < 0)
        d->store = NULL;
    import_print_table(d, &im->doc);
    import_print_notes(&im->doc, &im->files, false);
    import_print_next(d, &im->doc, true);
    return 0;
}

static int import_all(struct import *im, struct data *d, struct call *call, struct err *e)
{
    int r = read_addresses(im, d->config, e);
    if (r == 0)
        r = import_files_read(&im->files, call->words, call->n_words, im->reader, e);
    if (r == 0)
        r = make_document(im, d, e);
    if (r < 0)
        return r;
    if (config_on(d->config, FLAG_JSON))
        return print_json(im);
    if (config_on(d->config, FLAG_DRY_RUN))
        return print_dry_run(im, d);
    r = data_open(d, d->config, STORE_WRITE, e);
    if (r == 0)
        r = import_store(d, &im->doc, config_on(d->config, FLAG_REPLACE), e);
    if (r == 0) {
        import_print_notes(&im->doc, &im->files, false);
        import_print_next(d, &im->doc, false);
    }
    return r;
}

int import_pg_cron(struct call *call, struct err *e)
{
    struct data d = { .config = &call->config, .dir = config_text(&call->config, FLAG_DATA) };
    struct import im = { .arena = arena_new(0) };
    im.files.arena = im.arena;
    im.reader = pgcron_new(im.arena);
    data_conceal(); /* the files may hold keys */
    int r = import_all(&im, &d, call, e);
    json_free(im.doc.file);
    mem_free(im.files.names);
    mem_free(im.files.left_out);
    pgcron_free(im.reader);
    arena_free(im.arena);
    data_close(&d);
    return r;
}
