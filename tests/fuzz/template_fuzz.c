/* Any text as template: what was checked renders in every place; what history keeps never holds a secret. */
#include "core/template.h"

#include "base/json.h"
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

#define SECRET "~s3cret/\"value\"~"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    json_init();
    return 0;
}

static const char *secret(void *ctx, const char *name, const char **why)
{
    (void)ctx;
    (void)why;
    return secret_name_valid(name) ? SECRET : (abort(), NULL);
}

static void render(const char *text, enum template_place place, bool valid)
{
    static const struct template_values VALUES = { .now = { 0 },
                                                   .run_id = "id",
                                                   .scheduled_for = { 0 },
                                                   .trigger = "manual",
                                                   .attempt = 1,
                                                   .job_name = "a",
                                                   .secret = secret };
    buf_auto struct buf out = BUF_INIT(1 << 20), masked = BUF_INIT(1 << 20);
    int rc = template_render(text, place, &VALUES, &out, &masked, NULL);
    if ((rc == 0) != valid)
        abort();
    if (strstr(buf_str(&masked), "s3cret") && !strstr(text, "s3cret"))
        abort();
    if (rc == 0 && place == TEMPLATE_JSON && json_valid(text, strlen(text)) && !json_valid(buf_str(&out), out.len))
        abort();
}

static void count(void *ctx, const char *name)
{
    *(size_t *)ctx += strlen(name);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    mem_auto char *text = mem_strndup((const char *)data, size);
    buf_auto struct buf sample = BUF_INIT(1 << 20);
    size_t total = 0;
    bool valid = template_check(text, NULL) == 0;
    for (int place = TEMPLATE_URL; place <= TEMPLATE_TEXT; place++)
        render(text, (enum template_place)place, valid);
    template_secrets(text, count, &total);
    template_sample(text, &sample);
    if (total > size || sample.len > size)
        abort();
    return 0;
}
