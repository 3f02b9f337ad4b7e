#include "power.h"

#include "base/mem.h"
#include "store/fault_vfs.h"
#include "store/statement.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { FILE_DB, FILE_WAL, FILE_JOURNAL, FILES };
static const char *const NAMES[FILES] = { STORE_FILE, STORE_FILE "-wal", STORE_FILE "-journal" };
#define INODES 512 /* files that had these names, one after the other */
#define NONE (-1)

/* One write or truncation that was not synced. */
struct change {
    bool truncate;
    char *data;
    int64_t at, len; /* of a truncation: the size is `len` */
};
struct inode {
    char *data; /* what is surely there */
    int64_t size;
    struct change *changes;
    int n, cap;
    bool names_too; /* its next sync also makes the names of the directory durable */
};
struct name {
    int now, durable;          /* inodes */
    int may_be[INODES], n_may; /* what it was in between */
};
struct power {
    char *prefix;
    struct inode inodes[INODES];
    int n;
    struct name names[FILES];
    void (*each)(void *ctx);
    void *ctx;
};
struct power_image {
    char *data[FILES]; /* NULL: there is no such file */
    int64_t size[FILES];
};

/* --- what was done ----------------------------------------------------------------------------------------------- */

static void forget_changes(struct inode *i)
{
    for (int k = 0; k < i->n; k++)
        mem_free(i->changes[k].data);
    i->n = 0;
}

static void change(struct inode *i, struct change c)
{
    if (i->n == i->cap) {
        i->cap = i->cap ? 2 * i->cap : 64;
        i->changes = mem_resize(i->changes, (size_t)i->cap * sizeof *i->changes);
    }
    i->changes[i->n++] = c;
}

static void resize(char **data, int64_t *size, int64_t to)
{
    *data = mem_resize(*data, (size_t)to + 1);
    if (to > *size)
        memset(*data + *size, 0, (size_t)(to - *size));
    *size = to;
}

static void put(char **data, int64_t *size, const char *from, int64_t at, int64_t len)
{
    if (at + len > *size)
        resize(data, size, at + len);
    memcpy(*data + at, from, (size_t)len);
}

static void sync_inode(struct inode *i)
{
    for (int k = 0; k < i->n; k++)
        if (i->changes[k].truncate)
            resize(&i->data, &i->size, i->changes[k].len);
        else
            put(&i->data, &i->size, i->changes[k].data, i->changes[k].at, i->changes[k].len);
    forget_changes(i);
}

static void name_now(struct name *x, int inode)
{
    if (x->n_may == INODES)
        abort();
    x->may_be[x->n_may++] = x->now;
    x->now = inode;
}

static void sync_names(struct power *p)
{
    for (int f = 0; f < FILES; f++) {
        p->names[f].durable = p->names[f].now;
        p->names[f].n_may = 0;
    }
}

static void opened(struct power *p, struct name *x, bool journal)
{
    if (x->now == NONE) {
        if (p->n == INODES)
            abort();
        p->inodes[p->n] = (struct inode){ .data = mem_alloc(1) };
        name_now(x, p->n++);
    }
    p->inodes[x->now].names_too |= journal;
}

static void sync_file(struct power *p, struct inode *i)
{
    sync_inode(i);
    if (i->names_too)
        sync_names(p);
    i->names_too = false;
}

static int file_of(const struct power *p, const char *path)
{
    size_t len = strlen(p->prefix);
    for (int f = 0; f < FILES; f++)
        if (!strncmp(path, p->prefix, len) && !strcmp(path + len, NAMES[f]))
            return f;
    return NONE;
}

static void note(struct power *p, const struct fault_event *v, struct name *x)
{
    struct inode *i = x->now == NONE ? NULL : &p->inodes[x->now];
    if (v->kind == FAULT_OPEN) {
        opened(p, x, v->journal);
    } else if (v->kind == FAULT_DELETE) {
        name_now(x, NONE);
        if (v->durable)
            sync_names(p);
    } else if (v->kind == FAULT_SYNC) {
        sync_file(p, i);
    } else if (v->kind == FAULT_TRUNCATE) {
        change(i, (struct change){ .truncate = true, .len = v->len });
    } else {
        struct change c = { .data = mem_alloc((size_t)v->len), .at = v->offset, .len = v->len };
        memcpy(c.data, v->data, (size_t)v->len);
        change(i, c);
    }
}

static void watch(void *ctx, const struct fault_event *v)
{
    struct power *p = ctx;
    int f = file_of(p, v->path);
    if (f == NONE)
        return;
    note(p, v, &p->names[f]);
    if (p->each)
        p->each(p->ctx);
}

struct power *power_watch(const char *dir)
{
    struct power *p = mem_alloc(sizeof *p);
    p->prefix = mem_printf("%s/", dir);
    for (int f = 0; f < FILES; f++)
        p->names[f].now = p->names[f].durable = NONE;
    power_go_on(p);
    return p;
}

void power_go_on(struct power *p)
{
    fault_vfs_watch(watch, p);
}

void power_each(struct power *p, void (*each)(void *ctx), void *ctx)
{
    p->each = each;
    p->ctx = ctx;
}

void power_stop(struct power *p)
{
    fault_vfs_watch(NULL, NULL);
    for (int i = 0; i < p->n; i++) {
        forget_changes(&p->inodes[i]);
        mem_free(p->inodes[i].changes);
        mem_free(p->inodes[i].data);
    }
    mem_free(p->prefix);
    mem_free(p);
}

/* --- what is left of it ------------------------------------------------------------------------------------------ */

static uint64_t next(uint64_t *seed)
{
    *seed += 0x9e3779b97f4a7c15u; /* splitmix64 */
    uint64_t z = *seed;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

static int below(uint64_t *seed, int n)
{
    return (int)(next(seed) % (uint64_t)n);
}

/* How this loss goes: everything is lost, nothing, all after some moment, or anything. */
struct loss {
    uint64_t seed;
    int how, sector;
};
enum { LOSE_ALL, LOSE_NONE, LOSE_LATER, LOSE_ANY, LOSE_HOWS };

/* The part of a write that lies in one sector: old, new, or half of each. */
static void lose_sector(struct loss *l, struct power_image *image, int f, const struct change *c, int64_t from,
                        int64_t len)
{
    int fate = below(&l->seed, 5);
    if (fate < 2)
        return;
    int64_t first = fate == 2 && len > 1 ? below(&l->seed, (int)len) : 0;
    int64_t last = fate == 3 && len > 1 ? below(&l->seed, (int)len) : len;
    if (first < last)
        put(&image->data[f], &image->size[f], c->data + from + first, c->at + from + first, last - first);
}

static void lose_write(struct loss *l, struct power_image *image, int f, const struct change *c)
{
    for (int64_t from = 0, len; from < c->len; from += len) {
        len = l->sector - (c->at + from) % l->sector;
        if (len > c->len - from)
            len = c->len - from;
        lose_sector(l, image, f, c, from, len);
    }
}

/* The size was kept, and what belongs there was not: zeros, or what was there before. */
static void lose_content(struct loss *l, struct power_image *image, int f, int64_t size)
{
    int64_t from = image->size[f];
    if (size <= from || below(&l->seed, 2))
        return;
    resize(&image->data[f], &image->size[f], size);
    for (int64_t i = from; below(&l->seed, 2) == 0 && i < size; i += 512)
        for (int64_t k = i; k < i + 512 && k < size; k++)
            image->data[f][k] = (char)next(&l->seed);
}

static void lose_file(struct loss *l, struct power_image *image, int f, const struct inode *i)
{
    int64_t largest = i->size;
    image->data[f] = mem_alloc((size_t)i->size + 1);
    image->size[f] = i->size;
    memcpy(image->data[f], i->data, (size_t)i->size);
    int kept = l->how == LOSE_ALL ? 0 : l->how == LOSE_LATER ? below(&l->seed, i->n + 1) : i->n;
    for (int k = 0; k < kept; k++) {
        const struct change *c = &i->changes[k];
        if (!c->truncate && c->at + c->len > largest)
            largest = c->at + c->len;
        if (c->truncate && (l->how != LOSE_ANY || below(&l->seed, 2)))
            resize(&image->data[f], &image->size[f], largest = c->len);
        else if (!c->truncate && l->how == LOSE_ANY)
            lose_write(l, image, f, c);
        else if (!c->truncate)
            put(&image->data[f], &image->size[f], c->data, c->at, c->len);
    }
    if (l->how == LOSE_ANY)
        lose_content(l, image, f, largest);
}

static int lose_name(struct loss *l, const struct name *x)
{
    int which = l->how == LOSE_ALL ? 0 : l->how == LOSE_NONE ? x->n_may : below(&l->seed, x->n_may + 1);
    return which == x->n_may ? x->now : which == 0 ? x->durable : x->may_be[which];
}

struct power_image *power_lose(const struct power *p, uint64_t seed)
{
    struct loss l = { .seed = seed };
    l.how = below(&l.seed, 2) ? LOSE_ANY : below(&l.seed, LOSE_HOWS);
    l.sector = below(&l.seed, 2) ? 512 : 4096;
    struct power_image *image = mem_alloc(sizeof *image);
    for (int f = 0; f < FILES; f++) {
        int inode = lose_name(&l, &p->names[f]);
        if (inode != NONE)
            lose_file(&l, image, f, &p->inodes[inode]);
    }
    return image;
}

void power_image_write(const struct power_image *image, const char *dir)
{
    for (int f = 0; f < FILES; f++) {
        if (!image->data[f])
            continue;
        mem_auto char *path = mem_printf("%s/%s", dir, NAMES[f]);
        int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
        if (fd < 0 || write(fd, image->data[f], (size_t)image->size[f]) != image->size[f])
            abort();
        close(fd);
    }
}

void power_image_free(struct power_image *image)
{
    for (int f = 0; f < FILES; f++)
        mem_free(image->data[f]);
    mem_free(image);
}
