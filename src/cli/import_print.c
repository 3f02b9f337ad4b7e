#include "cli/import.h"

#include "base/mem.h"
#include "cli/output.h"
#include "core/cron.h"
#include "store/secrets.h"

#include <stdio.h>
#include <string.h>

#define LINE_MAX_BYTES 8192
#define LISTED_MAX 200 /* lines of one kind; more are counted */

/* ---- notes ---- */

static const struct {
    enum pgcron_note_kind kind;
    const char *title;
} TITLES[] = {
    { PGCRON_SKIPPED, "Not imported:" },
    { PGCRON_CHANGED, "Imported otherwise than written:" },
    { PGCRON_WARNING, "Worth a look:" },
};

static void print_clean(FILE *to, const char *indent, const char *text)
{
    buf_auto struct buf line = BUF_INIT(LINE_MAX_BYTES * 4);
    output_clean(&line, text, false);
    fprintf(to, "%s%s\n", indent, buf_str(&line));
}

static void print_note(FILE *to, const struct pgcron_note *n)
{
    const char *file = n->at.file ? n->at.file : "?";
    mem_auto char *text = n->job ? mem_printf("%s:%d: job '%s': %s", file, n->at.line, n->job, n->text)
                                 : mem_printf("%s:%d: %s", file, n->at.line, n->text);
    print_clean(to, "  ", text);
}

static void print_kind(FILE *to, const struct pgcron_document *doc, size_t kind)
{
    size_t n = 0;
    for (size_t i = 0; i < doc->n_notes; i++) {
        if (doc->notes[i].kind != TITLES[kind].kind)
            continue;
        if (n == 0)
            fprintf(to, "%s\n", TITLES[kind].title);
        if (n < LISTED_MAX)
            print_note(to, &doc->notes[i]);
        n++;
    }
    if (n > LISTED_MAX)
        fprintf(to, "  and %zu more\n", n - LISTED_MAX);
}

void import_print_notes(const struct pgcron_document *doc, const struct import_files *files, bool to_errors)
{
    FILE *to = to_errors ? stderr : stdout;
    for (size_t i = 0; i < MEM_COUNT(TITLES); i++)
        print_kind(to, doc, i);
    for (size_t i = 0; i < files->n_left_out; i++)
        print_clean(to, i ? "  " : "Files left out:\n  ", files->left_out[i]);
}

/* ---- the table of a dry run ---- */

static char *when(const struct pgcron_moved *m)
{
    struct cron c;
    buf_auto struct buf words = BUF_INIT(LINE_MAX_BYTES);
    if (!m->enabled)
        buf_str_add(&words, "off; ");
    if (cron_parse(m->schedule, &c, NULL) == 0)
        cron_explain(&c, &words);
    return mem_strdup(buf_str(&words));
}

static char *secrets_of(const struct pgcron_moved *m)
{
    buf_auto struct buf names = BUF_INIT(LINE_MAX_BYTES);
    for (size_t i = 0; i < m->n_secrets; i++)
        buf_printf(&names, "%s%s", i ? " " : "", m->secrets[i]);
    return mem_strdup(buf_str(&names));
}

static void add_row(struct table *t, const struct pgcron_moved *m)
{
    mem_auto char *words = when(m), *secrets = secrets_of(m), *notes = mem_printf("%zu", m->n_notes);
    mem_auto char *call = mem_printf("%s %s", m->method, m->url);
    table_cell(t, m->name);
    table_cell(t, m->schedule);
    table_cell(t, words);
    table_cell(t, secrets);
    table_cell(t, m->n_notes ? notes : "");
    table_cell(t, call);
}

void import_print_table(struct data *d, const struct pgcron_document *doc)
{
    static const char *const heads[] = { "JOB", "SCHEDULE", "WHEN", "SECRETS", "NOTES", "CALLS" };
    (void)d;
    if (doc->n_jobs) {
        struct table *t = table_new(heads, MEM_COUNT(heads));
        for (size_t i = 0; i < doc->n_jobs; i++)
            add_row(t, &doc->jobs[i]);
        output_table(t);
    }
    printf("dry run, nothing was stored; %zu job%s on %zu target%s, times are %s\n", doc->n_jobs,
           doc->n_jobs == 1 ? "" : "s", doc->n_targets, doc->n_targets == 1 ? "" : "s", doc->timezone);
}

/* ---- what to do next ---- */

static void print_names(const char *what, const char **names, size_t n)
{
    for (size_t i = 0; i < n && i < LISTED_MAX; i++)
        printf("%s '%s' is there already, and not as the files say: left as it is (--replace makes it so)\n", what,
               names[i]);
    if (n > LISTED_MAX)
        printf("and %zu more\n", n - LISTED_MAX);
}

void import_print_kept(const struct import_kept *kept)
{
    print_names("target", kept->targets, kept->n_targets);
    print_names("job", kept->jobs, kept->n_jobs);
}

static bool is_set(const struct data *d, const char *secret)
{
    return d->store && secrets_have(d->store, secret);
}

static void print_secrets(struct data *d, const struct pgcron_document *doc, int *step)
{
    char hint[400];
    bool any = false;
    for (size_t i = 0; i < doc->n_secrets; i++) {
        const struct pgcron_secret *s = &doc->secrets[i];
        if (is_set(d, s->name))
            continue;
        if (!any)
            printf("%d. Set the secrets; until then jobs that need one fail, and call nothing:\n", ++*step);
        any = true;
        mem_auto char *line =
            mem_printf("edgecron secret set %s%s   # %s", s->name, data_hint(d, hint, sizeof hint), s->origin);
        print_clean(stdout, "     ", line);
    }
}

static void print_leaked(const struct pgcron_document *doc, int *step)
{
    for (size_t i = 0; i < doc->n_leaked; i++) {
        const struct pgcron_secret *s = &doc->leaked[i];
        if (i == 0)
            printf("%d. Make new keys for those that stand in the files, where everybody who has the files can read "
                   "them:\n",
                   ++*step);
        mem_auto char *line = mem_printf("%s   # %s:%d", s->name, s->at.file ? s->at.file : "?", s->at.line);
        print_clean(stdout, "     ", line);
    }
}

/* Is it the name that the reader gave to a job that has none? */
static bool is_nameless(const char *name)
{
    return !strncmp(name, "job-", 4) && name[4] && strspn(name + 4, "0123456789") == strlen(name + 4);
}

static void print_unschedule_one(const char *name)
{
    buf_auto struct buf quoted = BUF_INIT(LINE_MAX_BYTES);
    for (const char *p = name; *p; p++)
        buf_printf(&quoted, *p == '\'' ? "''" : "%c", *p);
    for (const char *p = name; *p; p++) {
        if ((unsigned char)*p < ' ' || *p == 0x7f) {
            print_clean(stdout, "     -- by its id, as its name cannot be printed: ", name);
            return;
        }
    }
    printf("     select cron.unschedule('%s');\n", buf_str(&quoted));
}

static const struct pgcron_moved *first_enabled(const struct pgcron_document *doc)
{
    for (size_t i = 0; i < doc->n_jobs; i++)
        if (doc->jobs[i].enabled)
            return &doc->jobs[i];
    return NULL;
}

static const char *why_unschedule(bool off, bool dry_run)
{
    if (off)
        return "Take them out of the old database before one is switched on here, or both call it; in psql or the SQL\n"
               "   editor:";
    return dry_run ? "Once they run here, take them out of the old database, in psql or the SQL editor. Until then "
                     "pg_cron calls\n"
                     "   too:"
                   : "Once they run here, take them out of the old database, in psql or the SQL editor. Until then "
                     "pg_cron calls\n"
                     "   too, and functions are called twice (with --disabled they would not):";
}

static void print_unschedule(const struct pgcron_document *doc, bool off, bool dry_run, int *step)
{
    bool nameless = false;
    if (doc->n_whole == 0)
        return;
    printf("%d. %s\n", ++*step, why_unschedule(off, dry_run));
    for (size_t i = 0; i < doc->n_whole && i < LISTED_MAX; i++) {
        nameless = nameless || is_nameless(doc->whole[i]->name);
        if (!is_nameless(doc->whole[i]->name))
            print_unschedule_one(doc->whole[i]->name);
    }
    if (nameless)
        puts("     select jobid, schedule, command from cron.job where jobname is null;  -- then: select "
             "cron.unschedule(JOBID);");
    if (doc->n_whole > LISTED_MAX)
        printf("     -- and %zu more\n", doc->n_whole - LISTED_MAX);
}

void import_print_next(struct data *d, const struct pgcron_document *doc, bool dry_run)
{
    const struct pgcron_moved *first = first_enabled(doc);
    char hint[400];
    int step = 0;
    if (doc->n_jobs == 0 && doc->n_leaked == 0)
        return;
    puts(dry_run ? "What there is to do after the import:" : "What to do next:");
    print_secrets(d, doc, &step);
    print_leaked(doc, &step);
    const char *name = first ? first->name : doc->n_jobs ? doc->jobs[0].name : NULL;
    data_hint(d, hint, sizeof hint);
    if (name)
        printf("%d. See one run: edgecron job run %s --wait%s\n", ++step, name, hint);
    print_unschedule(doc, !first, dry_run, &step);
    if (name && !first)
        printf("%d. All jobs are switched off: edgecron job set %s --enabled%s\n", ++step, name, hint);
}
