/* pgcron_remark.c - notes of an import, put in the order in which people read their files. */
#include "core/pgcron_making.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define REMARK_MAX 4096

void *pgcron_list_add(struct pgcron_list *l)
{
    if (l->n == l->cap) {
        l->cap = l->cap ? 2 * l->cap : 64;
        l->data = mem_resize(l->data, l->cap * l->size);
    }
    void *item = (char *)l->data + l->n++ * l->size;
    memset(item, 0, l->size);
    return item;
}

void pgcron_remark(struct pgcron_making *m, enum pgcron_note_kind kind, const char *job, struct pgcron_place at,
                   const char *fmt, ...)
{
    char text[REMARK_MAX];
    struct pgcron_note *note = pgcron_list_add(&m->notes);
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    *note = (struct pgcron_note){ kind, job, at, arena_strdup(m->arena, text) };
}

/* A note with its place in the order. */
struct ranked {
    const struct pgcron_note *note;
    size_t file, index;
};

static int compare(const void *a, const void *b)
{
    const struct ranked *x = a, *y = b;
    if (x->file != y->file)
        return x->file < y->file ? -1 : 1;
    if (x->note->at.line != y->note->at.line)
        return x->note->at.line < y->note->at.line ? -1 : 1;
    return x->index < y->index ? -1 : 1;
}

static size_t rank_of(struct map *files, const char *file, struct arena *a)
{
    size_t *rank = map_get(files, file ? file : "");
    if (!rank) {
        rank = arena_alloc(a, sizeof *rank);
        *rank = files->len;
        map_put(files, file ? file : "", rank);
    }
    return *rank;
}

static void rank(struct pgcron_making *m, struct ranked *all, struct map *files)
{
    size_t n = 0;
    for (size_t i = 0; i < m->options->n_files; i++)
        rank_of(files, m->options->files[i], m->arena);
    for (size_t i = 0; i < m->result->n_notes; i++, n++)
        all[n] = (struct ranked){ &m->result->notes[i], rank_of(files, m->result->notes[i].at.file, m->arena), n };
    for (size_t i = 0; i < m->notes.n; i++, n++) {
        const struct pgcron_note *note = (const struct pgcron_note *)m->notes.data + i;
        all[n] = (struct ranked){ note, rank_of(files, note->at.file, m->arena), n };
    }
}

void pgcron_remarks_gather(struct pgcron_making *m, struct pgcron_document *ret)
{
    size_t n = m->result->n_notes + m->notes.n;
    struct ranked *all = mem_alloc((n + 1) * sizeof *all);
    struct pgcron_note *notes = arena_alloc(m->arena, (n + 1) * sizeof *notes);
    struct map files = { 0 };
    rank(m, all, &files);
    if (n)
        qsort(all, n, sizeof *all, compare);
    for (size_t i = 0; i < n; i++)
        notes[i] = *all[i].note;
    ret->notes = notes;
    ret->n_notes = n;
    map_free(&files);
    mem_free(all);
}
