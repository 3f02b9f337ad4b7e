/* The OpenAPI document says all that there is to say: of every route, every member, every error. That it is also true is what tests/contract finds out. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "api/failures.h"
#include "api/openapi.h"
#include "api/openapi_operation.h"
#include "api/openapi_schema.h"
#include "base/mem.h"

#include <ctype.h>
#include <string.h>

static struct json *doc;

static const struct json *operation_of(const struct route *r)
{
    char method[16] = "";
    for (size_t i = 0; r->method[i] && i < sizeof method - 1; i++)
        method[i] = (char)tolower((unsigned char)r->method[i]);
    const struct json *v = json_get(json_get(json_get(doc, "paths"), r->path), method);
    assert_non_null(v);
    return v;
}

static const char *text(const struct json *v, const char *key)
{
    const char *s = json_string(json_get(v, key));
    return s ? s : "";
}

static void test_every_route_is_an_operation(void **state)
{
    (void)state;
    for (size_t i = 0; i < route_count; i++) {
        const struct route *r = &route_table[i];
        const struct json *v = operation_of(r);
        assert_string_equal(text(v, "operationId"), r->id);
        if (!*text(v, "summary") || strlen(text(v, "description")) < 10)
            fail_msg("%s has no summary or description", r->id);
        assert_int_equal(json_count(json_get(v, "security")), r->access == ACCESS_ANYONE ? 0 : 2);
        assert_int_equal(!!json_get(v, "x-scope"), r->access != ACCESS_ANYONE);
        assert_int_equal(!!json_get(v, "requestBody"), r->body_schema != NULL);
        if (!openapi_tag(r) || strlen(openapi_tag(r)->description) < 10)
            fail_msg("the resource of %s is not described (openapi_tag.c)", r->path);
        assert_true((r->status == 204) == (r->schema == NULL) || r->content_type || !strcmp(r->id, "getOpenapi"));
    }
}

static void test_every_parameter_is_described(void **state)
{
    (void)state;
    for (size_t i = 0; i < route_count; i++) {
        const struct json *list = json_get(operation_of(&route_table[i]), "parameters");
        for (const struct json *v = json_first(list); v; v = json_next(v)) {
            if (strlen(text(v, "description")) < 5)
                fail_msg("'%s' of %s is not described", text(v, "name"), route_table[i].path);
            bool path = !strcmp(text(v, "in"), "path");
            if (path && (!json_get(v, "example") || !json_bool(json_get(v, "required"))))
                fail_msg("'%s' of %s has no example", text(v, "name"), route_table[i].path);
        }
    }
}

/* The answer of that status, through its reference. */
static const struct json *answer_of(const struct json *operation, int status)
{
    mem_auto char *key = mem_printf("%d", status);
    const struct json *v = json_get(json_get(operation, "responses"), key);
    const char *ref = json_string(json_get(v, "$ref"));
    return ref ? json_pointer(doc, ref + 1) : v;
}

static bool lists_code(const struct json *answer, const char *code)
{
    const struct json *words =
        json_pointer(answer, "/content/application~1problem+json/schema/allOf/1/properties/code/enum");
    for (const struct json *w = json_first(words); w; w = json_next(w))
        if (!strcmp(json_string(w), code))
            return true;
    return false;
}

static void test_every_error_is_listed_where_it_can_come(void **state)
{
    (void)state;
    for (size_t i = 0; i < route_count; i++) {
        const struct route *r = &route_table[i];
        if (!strcmp(r->path, "/readyz"))
            continue;
        for (int c = 1; c < ERR_CODE_COUNT; c++) {
            const char *code = err_code_name((enum err_code)c);
            bool listed = lists_code(answer_of(operation_of(r), err_http_status((enum err_code)c)), code);
            if (listed != !!(failures_of(r) & ROUTE_FAILS(c)))
                fail_msg("%s: '%s' is %s", r->id, code, listed ? "listed and cannot come" : "not listed");
        }
    }
    for (int c = 1; c < ERR_CODE_COUNT; c++) {
        if (!failure_meaning((enum err_code)c))
            fail_msg("what '%s' means is not said (failures.c)", err_code_name((enum err_code)c));
        assert_non_null(strstr(text(json_get(doc, "info"), "description"), err_code_name((enum err_code)c)));
    }
}

static void test_failures_follow_from_the_route(void **state)
{
    (void)state;
    struct route r = { .method = "GET", .path = "/healthz" };
    assert_int_equal(failures_of(&r), ROUTE_FAILS(ERR_MALFORMED) | ROUTE_FAILS(ERR_INVALID) |
                                          ROUTE_FAILS(ERR_HEAD_TOO_LARGE) | ROUTE_FAILS(ERR_SLOW));
    r = (struct route){ .method = "GET", .path = "/api/v1/jobs/{name}", .access = ACCESS_READ };
    assert_true(failures_of(&r) & ROUTE_FAILS(ERR_NOT_FOUND));
    assert_true(failures_of(&r) & ROUTE_FAILS(ERR_UNAUTHENTICATED));
    assert_false(failures_of(&r) & (ROUTE_FAILS(ERR_TOO_LARGE) | ROUTE_FAILS(ERR_DISK_FULL)));
    r = (struct route){ .method = "PUT",
                        .path = "/api/v1/x",
                        .access = ACCESS_ADMIN,
                        .body_schema = "Job",
                        .traits = ROUTE_REVISION | ROUTE_IDEMPOTENT,
                        .fails = ROUTE_FAILS(ERR_SEALED) };
    static const enum err_code all[] = { ERR_TOO_LARGE, ERR_MEDIA_TYPE, ERR_PRECONDITION, ERR_CONFLICT,
                                         ERR_SEALED,    ERR_DISK_FULL,  ERR_FORBIDDEN };
    for (size_t i = 0; i < MEM_COUNT(all); i++)
        assert_true(failures_of(&r) & ROUTE_FAILS(all[i]));
    assert_false(failures_of(&r) & ROUTE_FAILS(ERR_NOT_FOUND));
}

static bool type_fits(const struct schema_field *f, const struct json *v)
{
    static const struct {
        const char *type;
        enum json_type fits;
    } types[] = { { "string", JSON_STRING },
                  { "date-time", JSON_STRING },
                  { "integer", JSON_NUMBER },
                  { "number", JSON_NUMBER },
                  { "boolean", JSON_BOOL } };
    size_t len = strcspn(f->type, "[{");
    if (f->type[len])
        return json_type(v) == (f->type[len] == '[' ? JSON_ARRAY : JSON_OBJECT) || json_type(v) == JSON_NULL;
    if (json_type(v) == JSON_NULL)
        return f->nullable;
    for (size_t i = 0; i < MEM_COUNT(types); i++)
        if (!strcmp(f->type, types[i].type))
            return json_type(v) == types[i].fits;
    return !strcmp(f->type, "any") || schema_first(f->type, len);
}

static void check_member(const struct schema_field *f)
{
    const char *what = mem_printf("%s.%s", f->schema, f->name);
    const char *end = f->description + strlen(f->description);
    if (end - f->description < 2 || (end[-1] == '.' && end[-2] != '.'))
        fail_msg("%s: a description without a full stop is needed", what);
    if (!f->example && !isupper((unsigned char)*f->type))
        fail_msg("%s has no example", what);
    json_auto struct json *example = f->example ? json_parse(f->example, strlen(f->example), NULL) : NULL;
    if (f->example && !(example && type_fits(f, example)))
        fail_msg("%s: the example is not of type %s", what, f->type);
    json_auto struct json *initial = f->initial ? json_parse(f->initial, strlen(f->initial), NULL) : NULL;
    if (f->initial && !(initial && type_fits(f, initial)))
        fail_msg("%s: the default is not of type %s", what, f->type);
    if (isupper((unsigned char)*f->type) && !schema_first(f->type, strcspn(f->type, "[{")))
        fail_msg("%s: there is no schema '%s'", what, f->type);
    mem_free((char *)(uintptr_t)what);
}

static void test_every_member_has_a_description_and_an_example(void **state)
{
    (void)state;
    for (const struct schema_field *f = schema_next(NULL); f; f = schema_next(f))
        check_member(f);
}

/* One schema, one block; one name, one row. */
/* Each is part of some request or answer, itself or as the form that requests take. */
static void test_every_schema_is_used(void **state)
{
    (void)state;
    static const char *const suffix[] = { "", "Input", "Patch" };
    const struct json *schemas = json_pointer(doc, "/components/schemas");
    for (const struct schema_field *f = schema_next(NULL); f; f = schema_next(f)) {
        bool found = false;
        for (size_t i = 0; i < MEM_COUNT(suffix); i++) {
            mem_auto char *name = mem_printf("%s%s", f->schema, suffix[i]);
            found |= json_get(json_get(json_get(schemas, name), "properties"), f->name) != NULL;
        }
        if (!found)
            fail_msg("%s.%s is in no request and no answer", f->schema, f->name);
    }
}

static void test_the_schema_table_is_in_order(void **state)
{
    (void)state;
    const struct schema_field *before = NULL;
    for (const struct schema_field *f = schema_next(NULL); f; before = f, f = schema_next(f)) {
        for (const struct schema_field *k = schema_next(NULL); k != f; k = schema_next(k)) {
            if (strcmp(f->schema, k->schema))
                continue;
            if (strcmp(before->schema, f->schema))
                fail_msg("the members of %s do not stand together", f->schema);
            assert_string_not_equal(f->name, k->name);
        }
    }
}

static void check_references(const struct json *v)
{
    for (const struct json *c = json_first(v); c; c = json_next(c)) {
        if (json_key(c) && !strcmp(json_key(c), "$ref")) {
            const struct json *there = json_pointer(doc, json_string(c) + 1);
            if (!json_count(there))
                fail_msg("'%s' leads nowhere", json_string(c));
        }
        check_references(c);
    }
}

static void test_references_lead_somewhere(void **state)
{
    (void)state;
    check_references(doc);
}

static void test_forms_for_requests(void **state)
{
    (void)state;
    static const char *const names[] = { "JobInput", "JobPatch" };
    struct json *schemas = json_new_object();
    for (size_t i = 0; i < MEM_COUNT(names); i++)
        openapi_refer(schemas, json_add_object(schemas, i ? "b" : "a"), names[i], strlen(names[i]));
    const struct json *input = json_get(schemas, "JobInput"), *patch = json_get(schemas, "JobPatch");
    assert_int_equal(json_count(json_get(input, "required")), 2);
    assert_null(json_get(patch, "required"));
    assert_null(json_pointer(input, "/properties/status/$ref"));
    assert_true(json_bool(json_pointer(input, "/properties/status/readOnly")));
    assert_string_equal(json_string(json_pointer(input, "/properties/retry/$ref")), "#/components/schemas/RetryInput");
    assert_string_equal(json_string(json_pointer(patch, "/properties/retry/anyOf/0/$ref")),
                        "#/components/schemas/RetryPatch");
    assert_string_equal(json_string(json_pointer(patch, "/properties/timeout_ms/type/1")), "null");
    assert_non_null(json_pointer(input, "/properties/timeout_ms/default"));
    assert_null(json_pointer(patch, "/properties/timeout_ms/default"));
    assert_int_equal(json_type(json_get(input, "additionalProperties")), JSON_BOOL);
    assert_string_equal(json_string(json_pointer(schemas, "/SuccessPatch/properties/json/items/$ref")),
                        "#/components/schemas/RuleInput");
    assert_int_equal(json_count(json_pointer(schemas, "/RuleInput/oneOf")), 3);
    json_free(schemas);
}

static void test_the_text_is_made_once(void **state)
{
    (void)state;
    size_t len, again;
    const char *first = openapi_text(&len);
    mem_auto char *printed = json_print(doc);
    assert_string_equal(first, printed);
    assert_int_equal(len, strlen(printed));
    assert_ptr_equal(openapi_text(&again), first);
    assert_int_equal(again, len);
}

static int set_up(void **state)
{
    (void)state;
    doc = openapi_document();
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    json_free(doc);
    return 0;
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_route_is_an_operation),
        cmocka_unit_test(test_every_parameter_is_described),
        cmocka_unit_test(test_every_error_is_listed_where_it_can_come),
        cmocka_unit_test(test_failures_follow_from_the_route),
        cmocka_unit_test(test_every_member_has_a_description_and_an_example),
        cmocka_unit_test(test_every_schema_is_used),
        cmocka_unit_test(test_the_schema_table_is_in_order),
        cmocka_unit_test(test_references_lead_somewhere),
        cmocka_unit_test(test_forms_for_requests),
        cmocka_unit_test(test_the_text_is_made_once),
    };
    json_init();
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
