/* Who may what: every route of the table, asked by everybody there is. */
#include "asked.h"

#include "base/log.h"
#include "store/jobs.h"
#include "store/runs.h"
#include "store/sessions.h"
#include "store/tokens.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Everybody there is. */
enum who {
    NOBODY,
    STRANGER, /* a token that nobody made */
    EXPIRED,
    READER,
    OPERATOR,
    ADMIN,
    RESTRICTED, /* scope admin, for jobs tagged "mail" */
    SESSION,    /* with the CSRF token */
    SESSION_BARE,
    SESSION_OVER,
    EVERYBODY
};
static char tokens[EVERYBODY][TOKEN_TEXT_SIZE], secrets[EVERYBODY][CREDENTIAL_SIZE];
static char tagged_run[ID_TEXT_SIZE], plain_run[ID_TEXT_SIZE];

static struct asked as(enum who who)
{
    static char authorization[100], cookie[200], csrf[SESSION_CSRF_SIZE];
    struct asked x = { .body = "{}" };
    if (tokens[who][0]) {
        snprintf(authorization, sizeof authorization, "Bearer %s", tokens[who]);
        x.authorization = authorization;
    }
    if (secrets[who][0]) {
        snprintf(cookie, sizeof cookie, "theme=dark; edgecron_session=%s", secrets[who]);
        x.cookie = cookie;
        session_csrf(secrets[who], csrf);
        x.csrf = who == SESSION_BARE ? NULL : csrf;
    }
    return x;
}

/* The path with captures filled in: `with` for the first, "x" for a second. */
static void fill(const char *pattern, const char *with, char *out)
{
    while (*pattern) {
        if (*pattern == '{') {
            out += sprintf(out, "%s", with);
            pattern = strchr(pattern, '}') + 1;
            with = "x";
        } else {
            *out++ = *pattern++;
        }
    }
    *out = '\0';
}

#define ALLOWED 0 /* whatever the handler answers then */
#define TAGGED 1  /* by the job's tags: allowed, or 404 */

/* What the table says, worked out once more. */
static int expected(const struct route *r, enum who who)
{
    static const int levels[EVERYBODY] = {
        [READER] = ACCESS_READ,      [OPERATOR] = ACCESS_OPERATE, [ADMIN] = ACCESS_ADMIN,
        [RESTRICTED] = ACCESS_ADMIN, [SESSION] = ACCESS_ADMIN,    [SESSION_BARE] = ACCESS_ADMIN,
    };
    if (r->access == ACCESS_ANYONE)
        return ALLOWED;
    if (!levels[who])
        return 401;
    if (levels[who] < (int)r->access || (who == SESSION_BARE && strcmp(r->method, "GET")))
        return 403;
    if (who != RESTRICTED || r->traits & ROUTE_BY_TAG)
        return ALLOWED;
    return r->traits & (ROUTE_OF_JOB | ROUTE_OF_RUN) ? TAGGED : 403;
}

static void check(const struct route *r, enum who who, const char *capture, int status)
{
    char path[300];
    fill(r->path, capture, path);
    struct asked x = as(who);
    asked_run(&x, r->method, path);
    bool right = status ? x.p.status == status : x.p.status != 401 && x.p.status != 403;
    if (!right)
        fail_msg("%s %s by %d: %d, not %d (%s)", r->method, path, who, x.p.status, status,
                 x.p.data ? (const char *)x.p.data : "");
    if (x.p.status == 401 || x.p.status == 403)
        assert_true(strlen(json_string(json_get(x.json, "detail"))) > 20);
    if (x.p.status == 401)
        assert_non_null(strstr(buf_str(&x.p.fields), "WWW-Authenticate: Bearer"));
    asked_done(&x);
}

/* Doors are answered in their own ways: 401 of a wrong password is not one of this table. */
static void test_every_route_by_everybody(void **state)
{
    (void)state;
    int checks = 0, tagged = 0;
    for (size_t i = 0; i < route_count; i++) {
        const struct route *r = &route_table[i];
        for (int who = 0; who < EVERYBODY; who++, checks++) {
            int status = expected(r, (enum who)who);
            if (!strcmp(r->id, "logOut") && who == SESSION)
                continue; /* the others need the session; test_logging_out */
            if (status != TAGGED) {
                check(r, (enum who)who, "nothing", status);
                continue;
            }
            bool of_job = r->traits & ROUTE_OF_JOB;
            check(r, RESTRICTED, of_job ? "tagged" : tagged_run, ALLOWED);
            check(r, RESTRICTED, of_job ? "plain" : plain_run, 404);
            check(r, RESTRICTED, "nothing", 404);
            tagged++;
        }
    }
    assert_true(checks > 300 && tagged >= 8);
}

static int status_of(struct asked x, const char *method, const char *path)
{
    asked_run(&x, method, path);
    int status = x.p.status;
    asked_done(&x);
    return status;
}

/* What is not there is not told to strangers. */
static void test_unknown_paths(void **state)
{
    (void)state;
    static const char *const paths[] = { "/api/v1/nothing", "/api/v1/", "/api/v1/jobs?bad=1", "/api/v1/session/x" };
    for (size_t i = 0; i < MEM_COUNT(paths); i++) {
        assert_int_equal(401, status_of(as(NOBODY), "PUT", paths[i]));
        assert_int_equal(401, status_of(as(EXPIRED), "GET", paths[i]));
    }
    assert_int_equal(401, status_of(as(NOBODY), "DELETE", "/api/v1/setup"));
    assert_int_equal(405, status_of(as(READER), "DELETE", "/api/v1/setup"));
    assert_int_equal(404, status_of(as(READER), "GET", "/api/v1/nothing"));
    assert_int_equal(404, status_of(as(SESSION_BARE), "PUT", "/api/v1/nothing"));
}

/* A foreign job and one that is not there look the same. */
static void test_a_foreign_job_is_no_job(void **state)
{
    (void)state;
    struct asked foreign = as(RESTRICTED), none = as(RESTRICTED);
    asked_run(&foreign, "GET", "/api/v1/jobs/plain");
    asked_run(&none, "GET", "/api/v1/jobs/plane");
    assert_string_equal("there is no job 'plain'", json_string(json_get(foreign.json, "detail")));
    assert_string_equal("there is no job 'plane'", json_string(json_get(none.json, "detail")));
    asked_done(&foreign);
    asked_done(&none);
}

static const char POST[] = "/api/v1/jobs/tagged/resume";

static void test_csrf(void **state)
{
    (void)state;
    assert_int_equal(200, status_of(as(SESSION), "POST", POST));
    struct asked x = as(SESSION);
    char other[SESSION_CSRF_SIZE];
    session_csrf(secrets[SESSION_OVER], other); /* of another session */
    x.csrf = other;
    assert_int_equal(403, status_of(x, "POST", POST));
    x.csrf = "";
    assert_int_equal(403, status_of(x, "POST", POST));
    snprintf(other, sizeof other, "%s", as(SESSION).csrf);
    other[42] = other[42] == 'A' ? 'B' : 'A';
    x.csrf = other;
    assert_int_equal(403, status_of(x, "POST", POST));
    other[42] = '\0';
    assert_int_equal(403, status_of(x, "POST", POST));
    assert_int_equal(200, status_of(as(SESSION_BARE), "GET", "/api/v1/session"));
    assert_int_equal(200, status_of(as(SESSION_BARE), "HEAD", "/api/v1/session"));
    assert_int_equal(403, status_of(as(SESSION_BARE), "POST", "/api/v1/unseal"));
    assert_int_not_equal(403, status_of(as(SESSION), "POST", "/api/v1/unseal"));
}

static void test_origin(void **state)
{
    (void)state;
    static const struct {
        const char *site, *origin;
        bool allowed;
    } cases[] = {
        { NULL, NULL, true },
        { "same-origin", NULL, true },
        { "none", NULL, true },
        { "same-site", NULL, false },
        { "cross-site", NULL, false },
        { "same-origin", "https://elsewhere.example", true }, /* a proxy may have changed Host; the browser knows */
        { NULL, "http://cron.example:8427", true },
        { NULL, "https://CRON.example:8427", true },
        { NULL, "https://cron.example", false },
        { NULL, "https://evil.example", false },
        { NULL, "null", false },
    };
    for (size_t i = 0; i < MEM_COUNT(cases); i++) {
        struct asked x = as(SESSION), t = as(OPERATOR);
        x.site = t.site = cases[i].site;
        x.origin = t.origin = cases[i].origin;
        assert_int_equal(cases[i].allowed ? 200 : 403, status_of(x, "POST", POST));
        assert_int_equal(200, status_of(t, "POST", POST)); /* no browser sends a token by itself */
        struct asked login = as(NOBODY);
        login.site = cases[i].site;
        login.origin = cases[i].origin;
        assert_int_equal(cases[i].allowed ? 422 : 403, status_of(login, "POST", "/api/v1/session"));
        assert_int_equal(cases[i].allowed ? 422 : 403, status_of(login, "POST", "/api/v1/setup"));
    }
}

/* The Authorization field counts, the cookie beside it does not. */
static void test_a_token_comes_first(void **state)
{
    (void)state;
    struct asked x = as(READER);
    x.cookie = as(SESSION).cookie;
    asked_run(&x, "GET", "/api/v1/session");
    assert_string_equal("token", json_string(json_get(x.json, "kind")));
    assert_string_equal("read", json_string(json_get(x.json, "scope")));
    asked_done(&x);
    x = as(STRANGER);
    x.cookie = as(SESSION).cookie;
    assert_int_equal(401, status_of(x, "GET", "/api/v1/session"));
    x = as(SESSION);
    x.authorization = "Basic dXNlcjpwdw=="; /* for a proxy in front */
    assert_int_equal(200, status_of(x, "GET", "/api/v1/session"));
}

static void test_who_am_i(void **state)
{
    (void)state;
    struct asked x = as(RESTRICTED);
    asked_run(&x, "GET", "/api/v1/session");
    assert_string_equal("restricted", json_string(json_get(x.json, "name")));
    assert_string_equal("mail", json_string(json_pointer(x.json, "/tags/0")));
    assert_int_equal(JSON_NULL, json_type(json_get(x.json, "csrf_token")));
    asked_done(&x);
    x = as(SESSION);
    const char *csrf = x.csrf;
    asked_run(&x, "GET", "/api/v1/session");
    assert_string_equal(csrf, json_string(json_get(x.json, "csrf_token")));
    assert_string_equal("session", json_string(json_get(x.json, "kind")));
    assert_non_null(json_string(json_get(x.json, "expires_at")));
    asked_done(&x);
    assert_int_equal(409, status_of(as(ADMIN), "DELETE", "/api/v1/session"));
}

static void test_cookies_need_their_name(void **state)
{
    (void)state;
    char cookie[200];
    struct asked x = as(NOBODY);
    x.cookie = cookie;
    static const struct {
        const char *before, *after;
        int status;
    } cases[] = {
        { "edgecron_session=", "", 200 },        { "a=b; edgecron_session=", "; c=d", 200 },
        { "edgecron_sessio=", "", 401 },         { "xedgecron_session=", "", 401 },
        { "edgecron_session=", ".x", 401 },      { "EDGECRON_SESSION=", "", 401 },
        { "__Host-edgecron_session=", "", 401 }, { "edgecron_session= ", "", 401 },
    };
    for (size_t i = 0; i < MEM_COUNT(cases); i++) {
        snprintf(cookie, sizeof cookie, "%s%s%s", cases[i].before, secrets[SESSION], cases[i].after);
        assert_int_equal(cases[i].status, status_of(x, "GET", "/api/v1/session"));
    }
}

/* Last: it ends the session. */
static void test_logging_out(void **state)
{
    (void)state;
    struct asked x = as(SESSION);
    asked_run(&x, "DELETE", "/api/v1/session");
    assert_int_equal(204, x.p.status);
    assert_non_null(strstr(buf_str(&x.p.fields), "Set-Cookie: edgecron_session=; Path=/; Max-Age=0;"));
    asked_done(&x);
    assert_int_equal(401, status_of(as(SESSION), "GET", "/api/v1/session"));
}

static void put_job(struct store *s, const char *name, const char *tags, char run_id[ID_TEXT_SIZE])
{
    struct err e = { 0 };
    struct job j;
    enum put_result result;
    struct arena *a = arena_new(0);
    mem_auto char *text = mem_printf("{\"name\": \"%s\", \"schedule\": \"0 0 1 1 *\", \"tags\": [%s], \"request\": "
                                     "{\"url\": \"http://127.0.0.1:9/x\"}}",
                                     name, tags);
    json_auto struct json *doc = json_parse(text, strlen(text), &e);
    assert_int_equal(job_parse(doc, NULL, NULL, NULL, a, &j, &e), 0);
    assert_int_equal(jobs_put(s, &j, -1, clock_wall(), &result, &e), 0);
    assert_int_equal(runs_request(s, name, TRIGGER_API, clock_wall(), run_id, &e), 0);
    arena_free(a);
}

static void grant(struct store *s, enum who who, const char *name, enum scope scope, int64_t age_ms, const char *tag)
{
    struct err e = { 0 };
    struct wall now = { clock_wall().ms - age_ms };
    struct token_grant g = { name, scope, age_ms ? (struct wall){ now.ms + 1000 } : WALL_NONE, &tag, tag != NULL };
    assert_int_equal(tokens_grant(s, &g, now, tokens[who], &e), 0);
}

static void make_everybody(struct store *s)
{
    struct err e = { 0 };
    char id[ID_TEXT_SIZE];
    static const struct session_from from = { "203.0.113.9", "Test/1", NULL, "password", 0 };
    snprintf(tokens[STRANGER], TOKEN_TEXT_SIZE, "ect_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA");
    grant(s, EXPIRED, "expired", SCOPE_ADMIN, 5000, NULL);
    grant(s, READER, "reader", SCOPE_READ, 0, NULL);
    grant(s, OPERATOR, "operator", SCOPE_OPERATE, 0, NULL);
    grant(s, ADMIN, "admin", SCOPE_ADMIN, 0, NULL);
    grant(s, RESTRICTED, "restricted", SCOPE_ADMIN, 0, "mail");
    struct wall now = clock_wall(), long_ago = { now.ms - SESSION_MOST_MS };
    assert_int_equal(sessions_begin(s, &from, long_ago, secrets[SESSION_OVER], id, &e), 0);
    assert_int_equal(sessions_begin(s, &from, now, secrets[SESSION], id, &e), 0);
    memcpy(secrets[SESSION_BARE], secrets[SESSION], CREDENTIAL_SIZE);
}

static void fill_store(struct store *s)
{
    make_everybody(s);
    put_job(s, "tagged", "\"mail\"", tagged_run);
    put_job(s, "plain", "\"other\"", plain_run);
}

static int set_up(void **state)
{
    (void)state;
    return asked_begin(fill_store);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_route_by_everybody),
        cmocka_unit_test(test_unknown_paths),
        cmocka_unit_test(test_a_foreign_job_is_no_job),
        cmocka_unit_test(test_csrf),
        cmocka_unit_test(test_origin),
        cmocka_unit_test(test_a_token_comes_first),
        cmocka_unit_test(test_who_am_i),
        cmocka_unit_test(test_cookies_need_their_name),
        cmocka_unit_test(test_logging_out),
    };
    json_init();
    log_setup(LOG_ERROR, LOG_LOGFMT);
    return cmocka_run_group_tests(tests, set_up, asked_end);
}
