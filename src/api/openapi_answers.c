#include "api/openapi_operation.h"

#include "api/failures.h"
#include "api/openapi_schema.h"
#include "api/view.h"
#include "base/mem.h"

#include <stdio.h>
#include <string.h>

#define PROBLEM_TYPE "application/problem+json"
#define JSON_TYPE "application/json"

static struct json *member(struct json *object, const char *key)
{
    return (struct json *)(uintptr_t)json_get(object, key); /* the document is ours to change */
}

static const char *title_of(int status)
{
    static const struct {
        int status;
        const char *title;
    } titles[] = {
        { 400, "Cannot be read" },
        { 401, "Nobody that is known" },
        { 403, "May not" },
        { 404, "There is none" },
        { 405, "Not with this method" },
        { 408, "Too slow" },
        { 409, "Does not fit the state of things" },
        { 412, "Changed since, or there already" },
        { 413, "Too large" },
        { 415, "Not a kind of body that is taken" },
        { 422, "Not allowed" },
        { 429, "Too many tries" },
        { 431, "Head too large" },
        { 500, "A fault of the server" },
        { 503, "Not at present" },
    };
    for (size_t i = 0; i < MEM_COUNT(titles); i++)
        if (titles[i].status == status)
            return titles[i].title;
    return "Refused";
}

/* What every problem of a status has: a sentence for each code, on a line of its own. */
static void describe(struct json *response, int status, uint32_t codes)
{
    buf_auto struct buf text = BUF_INIT(4096);
    buf_printf(&text, "%s.", title_of(status));
    for (int c = 1; c < ERR_CODE_COUNT; c++)
        if (codes & ROUTE_FAILS(c))
            buf_printf(&text, "\n\n`%s`: %s", err_code_name((enum err_code)c), failure_meaning((enum err_code)c));
    json_add_string(response, "description", buf_str(&text));
}

static void add_codes(struct json *schema, uint32_t codes)
{
    struct json *code = json_add_object(json_add_object(schema, "properties"), "code");
    struct json *words = json_add_array(code, "enum");
    for (int c = 1; c < ERR_CODE_COUNT; c++)
        if (codes & ROUTE_FAILS(c))
            json_add_string(words, NULL, err_code_name((enum err_code)c));
}

static void add_example(struct json *media, uint32_t codes)
{
    enum err_code code = ERR_NONE;
    for (int c = ERR_CODE_COUNT - 1; c > 0; c--)
        if (codes & ROUTE_FAILS(c))
            code = (enum err_code)c;
    struct err e = { .code = code };
    snprintf(e.text, sizeof e.text, "%s", failure_meaning(code));
    json_add(media, "example", view_problem(&e));
}

static void add_header(struct json *response, const char *name, const char *type, const char *description)
{
    struct json *headers = member(response, "headers");
    struct json *h = json_add_object(headers ? headers : json_add_object(response, "headers"), name);
    json_add_string(h, "description", description);
    json_add_string(json_add_object(h, "schema"), "type", type);
}

static void add_problem_fields(struct json *response, int status)
{
    if (status == 401)
        add_header(response, "WWW-Authenticate", "string", "How to show who one is (RFC 6750); not to browsers");
    if (status == 429 || status == 503)
        add_header(response, "Retry-After", "integer", "Seconds until another try is worth while, where that is known");
}

static void fill_problem(struct json *components, struct json *response, int status, uint32_t codes)
{
    describe(response, status, codes);
    add_problem_fields(response, status);
    struct json *media = json_add_object(json_add_object(response, "content"), PROBLEM_TYPE);
    struct json *all = json_add_array(json_add_object(media, "schema"), "allOf");
    openapi_refer(member(components, "schemas"), json_add(all, NULL, json_new_object()), "Problem", 7);
    add_codes(json_add(all, NULL, json_new_object()), codes);
    add_example(media, codes);
}

/* Problems that have the same status and codes are one component, named after them: "busy-unavailable". */
static void refer_problem(struct json *components, struct json *responses, int status, uint32_t codes)
{
    buf_auto struct buf name = BUF_INIT(400);
    char key[16];
    for (int c = 1; c < ERR_CODE_COUNT; c++)
        if (codes & ROUTE_FAILS(c))
            buf_printf(&name, "%s%s", name.len ? "-" : "", err_code_name((enum err_code)c));
    struct json *known = member(components, "responses");
    if (!json_get(known, buf_str(&name)))
        fill_problem(components, json_add_object(known, buf_str(&name)), status, codes);
    mem_auto char *ref = mem_printf("#/components/responses/%s", buf_str(&name));
    snprintf(key, sizeof key, "%d", status);
    json_add_string(json_add_object(responses, key), "$ref", ref);
}

static uint32_t codes_of_status(uint32_t codes, int status)
{
    uint32_t set = 0;
    for (int c = 1; c < ERR_CODE_COUNT; c++)
        if ((codes & ROUTE_FAILS(c)) && err_http_status((enum err_code)c) == status)
            set |= ROUTE_FAILS(c);
    return set;
}

/* The data of each event is one of the schemas whose name ends in Event. */
static void fill_stream(struct json *components, struct json *schema)
{
    json_add_string(schema, "type", "string");
    json_add_string(schema, "contentMediaType", JSON_TYPE);
    struct json *one = json_add_array(json_add_object(schema, "contentSchema"), "anyOf");
    for (const struct schema_field *f = schema_next(NULL); f; f = schema_next(f)) {
        const char *name = f->schema;
        size_t len = strlen(name);
        if (len > 5 && !strcmp(name + len - 5, "Event") && schema_first(name, len) == f)
            openapi_refer(member(components, "schemas"), json_add(one, NULL, json_new_object()), name, len);
    }
}

static void add_media(struct json *components, struct json *response, const struct route *r)
{
    const char *type = r->content_type ? r->content_type : JSON_TYPE;
    struct json *media = json_add_object(json_add_object(response, "content"), type);
    struct json *schema = json_add_object(media, "schema");
    if (r->schema && !strcmp(type, JSON_TYPE)) {
        openapi_refer(member(components, "schemas"), schema, r->schema, strlen(r->schema));
        json_add(media, "example", openapi_example(r->schema, strlen(r->schema)));
    } else if (!strcmp(type, "text/event-stream")) {
        fill_stream(components, schema);
    } else if (!strncmp(type, "text/", 5)) {
        json_add_string(schema, "type", "string");
    } else if (!strcmp(type, JSON_TYPE)) {
        json_add_string(schema, "type", "object");
    }
}

static bool can_be_tried(const struct route *r)
{
    for (const struct route_query *k = r->query; k && k->name; k++)
        if (!strcmp(k->name, "dry_run"))
            return true;
    return false;
}

static void add_success(struct json *components, struct json *responses, const struct route *r, int status)
{
    char key[16];
    snprintf(key, sizeof key, "%d", status);
    struct json *response = json_add_object(responses, key);
    json_add_string(response, "description",
                    status == 204         ? "Done; there is nothing to say"
                    : status == r->status ? r->summary
                    : status == 201       ? "It was not there, and has been made"
                                          : "Tried only: what would be; nothing was made");
    if (r->traits & ROUTE_REVISION && status != 204)
        add_header(response, "ETag", "string", "The revision, for If-Match");
    if (status == 201 || status == 202)
        add_header(response, "Location", "string", "Where it is");
    if (status != 204)
        add_media(components, response, r);
}

/* The one answer that is no problem and yet not the status of success: the same body says what is wrong. */
static void add_not_ready(struct json *components, struct json *responses, const struct route *r)
{
    struct json *response = json_add_object(responses, "503");
    json_add_string(response, "description",
                    "Not ready; the failing check says why. Or, where no check can be made, a problem.");
    add_header(response, "Retry-After", "integer", "Seconds until another try is worth while, where that is known");
    add_media(components, response, r);
    struct json *media = json_add_object(member(response, "content"), PROBLEM_TYPE);
    openapi_refer(member(components, "schemas"), json_add_object(media, "schema"), "Problem", 7);
}

void openapi_answers(struct json *components, struct json *operation, const struct route *r)
{
    struct json *responses = json_add_object(operation, "responses");
    uint32_t codes = failures_of(r);
    add_success(components, responses, r, r->status);
    if (r->traits & ROUTE_CREATES && r->status == 200)
        add_success(components, responses, r, 201);
    if (r->status == 201 && can_be_tried(r))
        add_success(components, responses, r, 200);
    for (int status = 400; status < 600; status++) {
        uint32_t here = codes_of_status(codes, status);
        if (here && !(status == 503 && !strcmp(r->path, "/readyz")))
            refer_problem(components, responses, status, here);
    }
    if (!strcmp(r->path, "/readyz"))
        add_not_ready(components, responses, r);
}
