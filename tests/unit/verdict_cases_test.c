/* What operators read: tests/cases/verdict, word by word. */
#include "core/verdict.h"
#include "text_cases.h"

#include "base/json.h"
#include "base/mem.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Lines:
 *     job {...}          members put over those of the plain job; target {...} the same ("target" alone: none again)
 *     answer 401         begins an answer; head NAME: VALUE, body TEXT (\n is a line break), truncated go on with it
 *     explain dns https://host/f DETAIL
 *     = OUTCOME          judges the answer (or explains), and expects this outcome; "ok" wants no message
 *     > MESSAGE          the whole message
 *     % METRICS          the metrics read from the answer, as JSON */
struct verdict_case {
    struct arena *arena;
    struct job job;
    struct target target;
    bool has_target;
    struct answer answer;
    struct buf head, body, message;
    enum outcome explained; /* OUTCOME_NONE: there is an answer */
    char url[300], detail[300];
};

static const char PLAIN_JOB[] =
    "{\"name\":\"a\",\"schedule\":\"@hourly\",\"target\":\"prod\",\"request\":{\"url\":\"/f\"}}";
static const char PLAIN_TARGET[] = "{\"name\":\"prod\",\"base_url\":\"https://abc.supabase.co/functions/v1\"}";

static struct json *over(const char *plain, const char *text)
{
    struct json *whole = json_parse(plain, strlen(plain), NULL);
    json_auto struct json *members = json_parse(text, strlen(text), NULL);
    for (const struct json *c = json_first(members); c; c = json_next(c)) {
        json_remove(whole, json_key(c));
        json_add(whole, json_key(c), json_clone(c));
    }
    if (!members) {
        json_free(whole);
        return NULL;
    }
    return whole;
}

static void set_job(struct text_cases *t, struct verdict_case *c, const char *text)
{
    struct err e = { 0 };
    json_auto struct json *doc = over(PLAIN_JOB, text);
    if (!doc || job_parse(doc, NULL, NULL, NULL, c->arena, &c->job, &e))
        text_case_fail(t, "the job of the case is refused: %s %s", e.pointer, e.text);
}

static void set_target(struct text_cases *t, struct verdict_case *c, const char *text)
{
    struct err e = { 0 };
    c->has_target = text[0] != '\0';
    if (!c->has_target)
        return;
    json_auto struct json *doc = over(PLAIN_TARGET, text);
    if (!doc || target_parse(doc, NULL, c->arena, &c->target, &e))
        text_case_fail(t, "the target of the case is refused: %s %s", e.pointer, e.text);
}

static void set_answer(struct verdict_case *c, const char *status)
{
    buf_clear(&c->head);
    buf_clear(&c->body);
    c->answer = (struct answer){ .status = atoi(status) };
    c->explained = OUTCOME_NONE;
}

static void set_explained(struct text_cases *t, struct verdict_case *c, const char *text)
{
    char name[32];
    c->url[0] = c->detail[0] = '\0';
    if (sscanf(text, "%31s %299s %299[^\n]", name, c->url, c->detail) < 2 || !outcome_parse(name, &c->explained))
        text_case_fail(t, "no outcome and URL");
}

static void add_body(struct verdict_case *c, const char *text)
{
    for (; *text; text++) {
        bool escape = text[0] == '\\' && text[1] == 'n' && text[2] == '$'; /* \n$ is a line break */
        buf_char(&c->body, escape ? '\n' : *text);
        text += escape ? 2 : 0;
    }
}

/* Whoever tells what to do in other words cuts the message there: each advice has to be known. */
static bool advice_is_known(const struct verdict_case *c, enum outcome o)
{
    bool exact, advised = o != OUTCOME_OK && o != OUTCOME_ASSERTION;
    size_t at = advised ? verdict_advice(o, c->answer.status, buf_str(&c->message), &exact) : 0;
    return !advised || (at < c->message.len && strncmp(buf_str(&c->message) + at, ": ", 2) == 0);
}

static void judge(struct text_cases *t, struct verdict_case *c, const char *wanted)
{
    enum outcome o = c->explained;
    buf_clear(&c->message);
    c->answer.head = buf_str(&c->head);
    c->answer.body = buf_str(&c->body);
    c->answer.body_len = c->body.len;
    if (o == OUTCOME_NONE)
        o = verdict(&c->job, c->has_target ? &c->target : NULL, &c->answer, &c->message);
    else
        verdict_explain(o, &c->job, c->url, c->detail, &c->message);
    if (strcmp(outcome_name(o), wanted) != 0)
        text_case_fail(t, "the outcome is %s; expected %s: %s", outcome_name(o), wanted, buf_str(&c->message));
    else if ((o == OUTCOME_OK) != (c->message.len == 0))
        text_case_fail(t, "the message of %s is \"%s\"", wanted, buf_str(&c->message));
    else if (!advice_is_known(c, o))
        text_case_fail(t, "its advice is not known to verdict_advice: %s", buf_str(&c->message));
    else
        text_case_pass(t);
}

static void check_metrics(struct text_cases *t, struct verdict_case *c, const char *wanted)
{
    buf_auto struct buf out = BUF_INIT(10000);
    c->answer.body = buf_str(&c->body);
    c->answer.body_len = c->body.len;
    verdict_metrics(&c->job, &c->answer, &out);
    if (strcmp(buf_str(&out), strcmp(wanted, "none") == 0 ? "" : wanted) == 0)
        text_case_pass(t);
    else
        text_case_fail(t, "the metrics are %s; expected %s", buf_str(&out), wanted);
}

static void check_message(struct text_cases *t, struct verdict_case *c, const char *wanted)
{
    const char *got = buf_str(&c->message);
    size_t len = strlen(got);
    if (strcmp(got, wanted) != 0)
        text_case_fail(t, "the message is\n  %s\nexpected\n  %s", got, wanted);
    else if (len && got[len - 1] == '.' && strcmp(got + len - 3, "...") != 0)
        text_case_fail(t, "the message ends with a full stop");
    else
        text_case_pass(t);
}

static void verdict_line(struct text_cases *t, const char *line, void *ctx)
{
    struct verdict_case *c = ctx;
    size_t word = strcspn(line, " ");
    const char *rest = line[word] ? line + word + 1 : line + word;
    if (strncmp(line, "job", word) == 0)
        set_job(t, c, rest);
    else if (strncmp(line, "target", word) == 0)
        set_target(t, c, rest);
    else if (strncmp(line, "answer", word) == 0)
        set_answer(c, rest);
    else if (strncmp(line, "head", word) == 0)
        buf_printf(&c->head, "%s\n", rest);
    else if (strncmp(line, "body", word) == 0)
        add_body(c, rest);
    else if (strncmp(line, "truncated", word) == 0)
        c->answer.truncated = true;
    else if (strncmp(line, "explain", word) == 0)
        set_explained(t, c, rest);
    else if (line[0] == '=')
        judge(t, c, rest);
    else if (line[0] == '>')
        check_message(t, c, rest);
    else if (line[0] == '%')
        check_metrics(t, c, rest);
    else
        text_case_fail(t, "what is \"%s\"?", line);
}

static void test_cases(void **state)
{
    struct verdict_case c = {
        .arena = arena_new(0), .head = BUF_INIT(65536), .body = BUF_INIT(65536), .message = BUF_INIT(65536)
    };
    (void)state;
    text_cases_run("verdict", 100, verdict_line, &c);
    buf_free(&c.head);
    buf_free(&c.body);
    buf_free(&c.message);
    arena_free(c.arena);
}

/* What a text file cannot hold: bytes that are no text, and no body at all. */
static void test_bodies_that_are_no_text(void **state)
{
    static const char PNG[] = "\x89PNG\r\n\x1a\n\0\0\0\rIHDR";
    static const char WANTED[] = "the function answered 500 (internal server error): the function failed or threw an "
                                 "exception: look at the function's log for this time";
    struct answer answers[] = { { .status = 500, .head = "", .body = PNG, .body_len = sizeof PNG },
                                { .status = 500, .head = "", .body = PNG, .body_len = sizeof PNG, .truncated = true },
                                { .status = 500 } };
    struct verdict_case c = { .arena = arena_new(0), .message = BUF_INIT(4096) };
    struct text_cases t = { .file = "here" };
    (void)state;
    set_job(&t, &c, "{}");
    for (size_t i = 0; i < MEM_COUNT(answers); i++) {
        buf_clear(&c.message);
        assert_int_equal(verdict(&c.job, NULL, &answers[i], &c.message), OUTCOME_HTTP_STATUS);
        assert_string_equal(buf_str(&c.message), WANTED);
        verdict_metrics(&c.job, &answers[i], &c.message);
        assert_string_equal(buf_str(&c.message), WANTED);
    }
    buf_free(&c.message);
    arena_free(c.arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_cases), cmocka_unit_test(test_bodies_that_are_no_text) };
    json_init();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
