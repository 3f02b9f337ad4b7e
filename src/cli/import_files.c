#include "cli/import_files.h"

#include "base/mem.h"
#include "cli/input.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#define STANDARD_INPUT "standard input"
#define FOLDERS_TOLD_MAX 4

static const struct ending {
    const char *text;
    enum pgcron_form form;
} ENDINGS[] = { { ".sql", PGCRON_SQL }, { ".csv", PGCRON_CSV }, { ".json", PGCRON_JSON } };

static const struct ending *ending_of(const char *name)
{
    size_t len = strlen(name);
    for (size_t i = 0; i < MEM_COUNT(ENDINGS); i++) {
        size_t n = strlen(ENDINGS[i].text);
        if (len > n && !strcasecmp(name + len - n, ENDINGS[i].text))
            return &ENDINGS[i];
    }
    return NULL;
}

/* Of standard input and files with other names: told by how the text begins. */
static enum pgcron_form form_of(const char *name, const struct buf *text)
{
    const struct ending *ending = ending_of(name);
    const char *s = buf_str(text);
    if (ending)
        return ending->form;
    s += strspn(s, " \t\r\n");
    if (*s == '[' || *s == '{')
        return PGCRON_JSON;
    return !strncasecmp(s, "jobid,", 6) || !strncasecmp(s, "\"jobid\",", 8) ? PGCRON_CSV : PGCRON_SQL;
}

static const char **grown(const char **list, size_t n)
{
    return n & (n - 1) ? list : mem_resize(list, 2 * (n ? n : 1) * sizeof *list);
}

static int note_file(struct import_files *f, const char *name, struct err *e)
{
    if (f->n == IMPORT_FILES_MAX)
        return err_set(e, ERR_TOO_LARGE, "there are more than %d files: import them in parts", IMPORT_FILES_MAX);
    f->names = grown(f->names, f->n);
    f->names[f->n++] = arena_strdup(f->arena, name);
    return 0;
}

static int read_text(struct import_files *f, const char *path, struct buf *text, struct err *e)
{
    int r = input_read(path, "SQL", text, e);
    f->bytes += text->len;
    if (r < 0 && e->code == ERR_TOO_LARGE)
        return err_set(e, ERR_TOO_LARGE,
                       "'%s' is larger than %d MiB: give what is about jobs, the migrations that have them, or "
                       "'pg_dump --schema-only' and cron.job as CSV",
                       strcmp(path, "-") != 0 ? path : STANDARD_INPUT, PGCRON_FILE_MAX / 1024 / 1024);
    if (r == 0 && f->bytes > IMPORT_BYTES_MAX)
        return err_set(e, ERR_TOO_LARGE, "the files are larger than %d bytes together: import them in parts",
                       IMPORT_BYTES_MAX);
    return r;
}

static void leave_out(struct import_files *f, const char *name, const char *why)
{
    f->left_out = grown(f->left_out, f->n_left_out);
    f->left_out[f->n_left_out++] = arena_printf(f->arena, "%s: left out: %s", name, why);
}

static int read_file(struct import_files *f, const char *path, bool of_folder, struct pgcron *p, struct err *e)
{
    buf_auto struct buf text = BUF_SECRET(PGCRON_FILE_MAX);
    const char *name = strcmp(path, "-") != 0 ? path : STANDARD_INPUT;
    int r = note_file(f, name, e);
    if (r == 0)
        r = read_text(f, path, &text, e);
    if (r < 0)
        return r;
    enum pgcron_form form = form_of(name, &text);
    name = f->names[f->n - 1];
    r = pgcron_read(p, form, name, buf_str(&text), text.len, e);
    if (r < 0 && of_folder && form != PGCRON_SQL && e->code == ERR_MALFORMED) {
        leave_out(f, name, e->text); /* of a folder's other files nobody said that they hold jobs */
        f->n--;
        return 0;
    }
    return r < 0 ? err_wrap(e, "%s", name) : 0;
}

static int visible(const struct dirent *d)
{
    return d->d_name[0] != '.';
}

static int wanted(const struct dirent *d)
{
    return visible(d) && ending_of(d->d_name) != NULL;
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

static bool is_of_kind(const char *path, mode_t kind)
{
    struct stat st;
    return stat(path, &st) == 0 && (st.st_mode & S_IFMT) == kind;
}

/* How many files of ours a folder holds. */
static int count_wanted(const char *folder)
{
    DIR *d = opendir(folder);
    int n = 0;
    for (const struct dirent *entry; d && (entry = readdir(d)) != NULL;)
        n += wanted(entry);
    if (d)
        closedir(d);
    return n;
}

static int refuse_empty(const char *folder, const char *inner, int n_inner, struct err *e)
{
    mem_auto char *place = mem_printf("%s/supabase/migrations", folder);
    if (!inner && !is_of_kind(place, S_IFDIR))
        return err_set(e, ERR_NOT_FOUND, "there is no .sql, .csv or .json file in '%s'", folder);
    return err_set(e, ERR_NOT_FOUND, "there is no .sql, .csv or .json file in '%s' itself; did you mean '%s'%s?",
                   folder, inner ? inner : place, n_inner > 1 ? ", and the folders beside it, in order" : "");
}

/* Folders within it are not read: which order they are meant in, nobody knows. How many have files of ours, and the first. */
static int leave_out_folders(struct import_files *f, const char *folder, const char **ret_first)
{
    struct dirent **entries;
    int n = scandir(folder, &entries, visible, by_name), told = 0;
    for (int i = 0; i < n; i++) {
        mem_auto char *path = mem_printf("%s/%s", folder, entries[i]->d_name);
        int files = is_of_kind(path, S_IFDIR) ? count_wanted(path) : 0;
        if (files && told++ < FOLDERS_TOLD_MAX)
            leave_out(f, path,
                      told < FOLDERS_TOLD_MAX ? "it is a folder within one: give it, too, if it holds jobs"
                                              : "as are all folders behind it");
        if (files && told == 1)
            *ret_first = arena_strdup(f->arena, path);
        free(entries[i]);
    }
    if (n >= 0)
        free(entries);
    return told;
}

static int read_entry(struct import_files *f, const char *path, struct pgcron *p, int *files, struct err *e)
{
    if (is_of_kind(path, S_IFDIR))
        return 0;
    if (is_of_kind(path, S_IFIFO) || is_of_kind(path, S_IFSOCK) || is_of_kind(path, S_IFCHR)) {
        leave_out(f, path, "it is no file"); /* reading it could take for ever */
        return 0;
    }
    ++*files;
    return read_file(f, path, true, p, e);
}

static int read_folder(struct import_files *f, const char *folder, struct pgcron *p, struct err *e)
{
    struct dirent **entries;
    int n = scandir(folder, &entries, wanted, by_name), r = 0, files = 0;
    if (n < 0)
        return err_set(e, ERR_IO, "cannot read '%s': %s", folder, strerror(errno));
    const char *inner = NULL;
    int n_inner = leave_out_folders(f, folder, &inner);
    for (int i = 0; i < n; i++) {
        mem_auto char *path = mem_printf("%s/%s", folder, entries[i]->d_name);
        r = r < 0 ? r : read_entry(f, path, p, &files, e);
        free(entries[i]);
    }
    free(entries);
    return r < 0 || files ? r : refuse_empty(folder, inner, n_inner, e);
}

/* "x/" is "x". */
static char *without_slash(const char *path)
{
    size_t len = strlen(path);
    while (len > 1 && path[len - 1] == '/')
        len--;
    return mem_strndup(path, len);
}

static int read_word(struct import_files *f, const char *word, struct pgcron *p, struct err *e)
{
    struct stat st;
    mem_auto char *path = without_slash(word);
    if (!strcmp(word, "-"))
        return read_file(f, word, false, p, e);
    if (stat(path, &st))
        return errno == ENOENT ? err_set(e, ERR_NOT_FOUND, "there is no file or folder '%s'", path)
                               : err_set(e, ERR_IO, "cannot open '%s': %s", path, strerror(errno));
    return S_ISDIR(st.st_mode) ? read_folder(f, path, p, e) : read_file(f, path, false, p, e);
}

int import_files_read(struct import_files *f, const char *const *words, int n_words, struct pgcron *p, struct err *e)
{
    bool standard_input = false;
    for (int i = 0; i < n_words; i++) {
        bool is_it = !strcmp(words[i], "-");
        if (is_it && standard_input)
            return err_set(e, ERR_USAGE, "standard input ('-') can be read once");
        standard_input = standard_input || is_it;
        int r = read_word(f, words[i], p, e);
        if (r < 0)
            return r;
    }
    return 0;
}
