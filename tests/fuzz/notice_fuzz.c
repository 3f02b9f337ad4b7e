/* Any JSON as the facts of a message, and as a channel. Facts that are read are told in every language through every kind: titles, texts and
 * headers are clean, JSON is JSON, limits hold, and facts printed again are the same. A channel that is read prints and reads again to the same,
 * and what it would send is made. */
#include "core/channel.h"
#include "core/outgoing.h"
#include "core/template.h"

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

static void check(bool fine)
{
    if (!fine)
        abort();
}

static void check_text(const char *s, size_t max, bool lines)
{
    check(strlen(s) <= max && json_utf8_valid(s, strlen(s)));
    for (; *s; s++)
        check(((unsigned char)*s >= ' ' && *s != 0x7f) || (lines && *s == '\n'));
}

static void check_words(const struct notice *n, enum notice_language l, struct arena *a)
{
    buf_auto struct buf title = BUF_INIT(4096), text = BUF_INIT(65536);
    notice_title(n, l, &title);
    notice_text(n, l, &text);
    check(title.len > 0 && text.len > 0 && !title.full && !text.full);
    check_text(buf_str(&title), 200, false);
    check_text(buf_str(&text), NOTICE_TEXT_MAX, true);
    for (int i = 0; notice_value_name(i); i++) {
        const char *value = notice_value(n, l, notice_value_name(i), a);
        check(value != NULL);
        if (strcmp(notice_value_name(i), "json") == 0)
            check(json_valid(value, strlen(value)));
        else
            check_text(value, NOTICE_TEXT_MAX, strcmp(notice_value_name(i), "text") == 0);
    }
}

static const char *secret(void *ctx, const char *name, const char **why)
{
    (void)ctx;
    (void)why;
    return secret_name_valid(name) ? SECRET : (abort(), NULL);
}

/* The whole request, as the engine makes it. No text of others brings a secret into it. */
static void check_request(const struct channel *c, const struct notice *n, struct arena *a)
{
    struct request_spec request;
    struct job j;
    struct target t;
    struct outgoing o;
    struct outgoing_spec s = { .job = &j,
                               .request = &request,
                               .target = &t,
                               .values = { .run_id = "0191e7a0-0000-7000-8000-00000000000a",
                                           .trigger = "alert",
                                           .attempt = 1,
                                           .job_name = "alert:x",
                                           .secret = secret,
                                           .notice = n,
                                           .language = c->language },
                               .user_agent = "edgecron/fuzz",
                               .span = "00112233445566aa" };
    channel_job(c, a, &j);
    channel_target(c, a, &t);
    if (c->kind == CHANNEL_EMAIL)
        return;
    channel_request(c, n, a, &request, &s.body_final);
    outgoing_init(&o);
    int rc = outgoing_render(&o, &s, NULL);
    bool own = c->request.body_kind != BODY_NONE || c->request.n_headers > 0 || strstr(c->request.url, "secret");
    if (!rc && request.body_kind == BODY_JSON)
        check(json_valid(buf_str(&o.body), o.body.len));
    if (!rc && !own)
        check(!strstr(buf_str(&o.head), "s3cret") && !strstr(buf_str(&o.body), "s3cret"));
    check(!strstr(buf_str(&o.masked_url), "s3cret") && !strstr(buf_str(&o.masked_headers), "s3cret") &&
          !strstr(buf_str(&o.masked_body), "s3cret"));
    outgoing_free(&o);
}

static void tell(const struct notice *n, struct arena *a)
{
    static const char *const URL = "https://h.example/x";
    for (int l = 0; l < NOTICE_LANGUAGE_COUNT; l++) {
        check_words(n, (enum notice_language)l, a);
        for (int k = 0; k < CHANNEL_EMAIL; k++) {
            const struct channel c = { .name = "x",
                                       .description = "",
                                       .kind = (enum channel_kind)k,
                                       .language = (enum notice_language)l,
                                       .request = { .method = METHOD_POST, .url = URL } };
            check_request(&c, n, a);
        }
    }
}

static char *print_facts(const struct notice *n)
{
    json_auto struct json *o = notice_to_json(n);
    return json_print(o);
}

static void facts(const char *text)
{
    struct arena *a = arena_new(0);
    struct notice n, again;
    if (notice_parse(text, a, &n, NULL) == 0) {
        mem_auto char *once = print_facts(&n);
        check(notice_parse(once, a, &again, NULL) == 0);
        mem_auto char *twice = print_facts(&again);
        check(strcmp(once, twice) == 0);
        tell(&n, a);
    }
    arena_free(a);
}

static void channel(const struct json *doc)
{
    static struct notice_item item = { .subject = "job", .error = "{{secret.A}}\r\n", .count = 2 };
    static const struct notice told = {
        .on = ALERT_FAILURE, .items = &item, .n_items = 1, .total = 1, .page = "https://p.example"
    };
    struct arena *a = arena_new(0);
    struct channel c, again;
    struct err e = { 0 };
    if (channel_parse(doc, NULL, a, &c, &e)) {
        check(e.code == ERR_INVALID && e.text[0] && json_pointer_valid(e.pointer));
    } else {
        json_auto struct json *once = channel_to_json(&c);
        check(channel_parse(once, NULL, a, &again, &e) == 0);
        json_auto struct json *twice = channel_to_json(&again);
        check(json_equal(once, twice));
        check_request(&c, &told, a);
    }
    arena_free(a);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    mem_auto char *text = mem_strndup((const char *)data, size);
    if (strstr(text, "s3cret")) /* the value that no text of others may bring in */
        return 0;
    json_auto struct json *doc = json_parse(text, strlen(text), NULL);
    if (!doc)
        return 0;
    facts(text);
    channel(doc);
    return 0;
}
