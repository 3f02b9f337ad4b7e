/* Any JSON as job and as target: refused with a pointer, or read, printed and read again to the same. */
#include "core/job.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    json_init();
    return 0;
}

static char *read_job(const struct json *doc, struct err *e)
{
    struct arena *a = arena_new(0);
    struct job j;
    char *text = NULL;
    if (job_parse(doc, NULL, NULL, NULL, a, &j, e) == 0) {
        json_auto struct json *printed = job_to_json(&j);
        text = json_print(printed);
    }
    arena_free(a);
    return text;
}

static char *read_target(const struct json *doc, struct err *e)
{
    struct arena *a = arena_new(0);
    struct target t;
    char *text = NULL;
    if (target_parse(doc, NULL, a, &t, e) == 0) {
        json_auto struct json *printed = target_to_json(&t);
        text = json_print(printed);
    }
    arena_free(a);
    return text;
}

static void check(const struct json *doc, char *(*read)(const struct json *doc, struct err *e))
{
    struct err e = { 0 };
    mem_auto char *once = read(doc, &e);
    if (!once) {
        if (e.code != ERR_INVALID || !e.text[0] || !json_pointer_valid(e.pointer))
            abort();
        return;
    }
    json_auto struct json *again = json_parse(once, strlen(once), &e);
    mem_auto char *twice = again ? read(again, &e) : NULL;
    if (!twice || strcmp(once, twice) != 0)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    json_auto struct json *doc = json_parse((const char *)data, size, NULL);
    if (!doc)
        return 0;
    check(doc, read_job);
    check(doc, read_target);
    return 0;
}
