#include "temp_store.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

void temp_dir_make(char dir[64])
{
    snprintf(dir, 64, "/tmp/edgecron-test-XXXXXX");
    assert_non_null(mkdtemp(dir));
}

void temp_dir_remove(const char *dir)
{
    DIR *d = opendir(dir);
    for (struct dirent *entry; d && (entry = readdir(d));) {
        mem_auto char *path = mem_printf("%s/%s", dir, entry->d_name);
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0 && unlink(path))
            temp_dir_remove(path);
    }
    if (d)
        closedir(d);
    rmdir(dir);
}

int temp_store_open(void **state)
{
    struct err e;
    struct temp_store *t = mem_alloc(sizeof *t);
    json_init();
    temp_dir_make(t->dir);
    assert_ok(store_open(&t->s, t->dir, STORE_WRITE, &e), e);
    *state = t;
    return 0;
}

int temp_store_close(void **state)
{
    struct temp_store *t = *state;
    store_close(t->s);
    temp_dir_remove(t->dir);
    mem_free(t);
    return 0;
}

struct job_of job_of(const char *name, const char *fields)
{
    struct err e;
    struct job_of j = { .arena = arena_new(0) };
    mem_auto char *text = mem_printf(
        "{\"name\": \"%s\", %s %s%s}", name, strstr(fields, "\"schedule\"") ? "" : "\"schedule\": \"0 7 * * *\",",
        strstr(fields, "\"request\"") ? "\"description\": \"\"" : "\"request\": {\"url\": \"http://127.0.0.1:9/f\"}",
        fields);
    json_auto struct json *doc = json_parse(text, strlen(text), &e);
    if (!doc)
        fail_msg("%s: %s", text, e.text);
    assert_ok(job_parse(doc, NULL, NULL, NULL, j.arena, &j.job, &e), e);
    return j;
}

void put_job(struct store *s, const char *name, const char *fields)
{
    struct err e;
    enum put_result put;
    struct job_of j = job_of(name, fields);
    assert_ok(jobs_put(s, &j.job, -1, NOW, &put, &e), e);
    arena_free(j.arena);
}

void put_target(struct store *s, const char *name, const char *fields)
{
    struct err e;
    enum put_result put;
    struct target t;
    struct arena *a = arena_new(0);
    mem_auto char *text = mem_printf("{\"name\": \"%s\", \"base_url\": \"http://127.0.0.1:9\"%s}", name, fields);
    json_auto struct json *doc = json_parse(text, strlen(text), &e);
    assert_ok(target_parse(doc, NULL, a, &t, &e), e);
    assert_ok(targets_put(s, &t, -1, NOW, &put, &e), e);
    arena_free(a);
}

static sqlite3_stmt *first_row(struct store *s, const char *sql, bool *row)
{
    sqlite3_stmt *stmt;
    if (sqlite3_prepare_v2(s->db, sql, -1, &stmt, NULL))
        fail_msg("%s: %s", sql, sqlite3_errmsg(s->db));
    *row = sqlite3_step(stmt) == SQLITE_ROW;
    return stmt;
}

int64_t count_of(struct store *s, const char *sql)
{
    bool row;
    sqlite3_stmt *stmt = first_row(s, sql, &row);
    int64_t n = row ? sqlite3_column_int64(stmt, 0) : -1;
    sqlite3_finalize(stmt);
    return n;
}

char *text_of(struct store *s, const char *sql)
{
    bool row;
    sqlite3_stmt *stmt = first_row(s, sql, &row);
    char *text = row ? mem_strdup((const char *)sqlite3_column_text(stmt, 0)) : NULL;
    sqlite3_finalize(stmt);
    return text;
}

void execute_sql(struct store *s, const char *sql)
{
    if (sqlite3_exec(s->db, sql, NULL, NULL, NULL))
        fail_msg("%s: %s", sql, sqlite3_errmsg(s->db));
}

int64_t delete_runs(struct store *s, struct wall before)
{
    mem_auto char *sql = mem_printf("DELETE FROM runs WHERE finished_at < %lld", (long long)before.ms);
    execute_sql(s, sql);
    return sqlite3_changes64(s->db);
}

struct run run_of(const char *job, enum trigger trigger, enum run_state state, struct wall scheduled_for)
{
    struct run r = {
        .job = job,
        .trigger = trigger,
        .scheduled_for = scheduled_for,
        .created_at = scheduled_for,
        .state = state,
        .started_at = state == RUN_RUNNING ? scheduled_for : WALL_NONE,
        .finished_at = WALL_NONE,
        .next_attempt_at = WALL_NONE,
        .lateness_ms = state == RUN_RUNNING ? 3 : -1,
        .duration_ms = -1,
        .message = "",
        .occurrences = 1,
    };
    id_new(scheduled_for, r.id);
    return r;
}
