#include "api/openapi.h"

#include "api/resource.h"
#include "api/schema.h"
#include "core/run.h"
#include "versions.h"

#include <ctype.h>
#include <string.h>

static void add_ref(struct json *v, const char *kind, const char *name, size_t len)
{
    mem_auto char *ref = mem_printf("#/components/%s/%.*s", kind, (int)len, name);
    json_add_string(v, "$ref", ref);
}

/* One plain type or another schema, by its first `len` letters. */
static void fill_type(struct json *v, const char *type, size_t len, bool nullable)
{
    bool time = len == 9 && !memcmp(type, "date-time", 9);
    if (isupper((unsigned char)*type)) {
        add_ref(v, "schemas", type, len);
        return;
    }
    if (len == 3 && !memcmp(type, "any", 3))
        return;
    mem_auto char *name = time ? mem_strdup("string") : mem_strndup(type, len);
    if (nullable) {
        struct json *both = json_add_array(v, "type");
        json_add_string(both, NULL, name);
        json_add_string(both, NULL, "null");
    } else {
        json_add_string(v, "type", name);
    }
    if (time)
        json_add_string(v, "format", "date-time");
}

static void fill_container(struct json *v, const char *type, const char *kind, const char *inner, bool nullable)
{
    fill_type(v, kind, strlen(kind), nullable);
    fill_type(json_add_object(v, inner), type, strcspn(type, "[{"), false);
}

static void fill_field(struct json *v, const struct schema_field *f)
{
    size_t len = strcspn(f->type, "[{");
    if (f->type[len] == '[') {
        fill_container(v, f->type, "array", "items", f->nullable);
    } else if (f->type[len] == '{') {
        fill_container(v, f->type, "object", "additionalProperties", f->nullable);
    } else if (isupper((unsigned char)*f->type) && f->nullable) {
        struct json *any = json_add_array(v, "anyOf");
        fill_type(json_add(any, NULL, json_new_object()), f->type, len, false);
        json_add_string(json_add(any, NULL, json_new_object()), "type", "null");
    } else {
        fill_type(v, f->type, len, f->nullable);
    }
    json_add_string(v, "description", f->description);
    struct json *example = f->example ? json_parse(f->example, strlen(f->example), NULL) : NULL;
    if (example)
        json_add(json_add_array(v, "examples"), NULL, example);
}

static void add_schemas(struct json *schemas)
{
    struct json *properties = NULL, *required = NULL;
    const char *name = "";
    for (size_t i = 0; i < schema_count; i++) {
        const struct schema_field *f = &schema_table[i];
        if (strcmp(name, f->schema)) {
            name = f->schema;
            struct json *s = json_add_object(schemas, name);
            json_add_string(s, "type", "object");
            properties = json_add_object(s, "properties");
            required = json_add_array(s, "required");
        }
        fill_field(json_add_object(properties, f->name), f);
        if (!schema_optional(f))
            json_add_string(required, NULL, f->name);
    }
}

static void add_list_schema(struct json *v, const char *schema, size_t item_len)
{
    json_add_string(v, "type", "object");
    struct json *properties = json_add_object(v, "properties");
    struct json *items = json_add_object(properties, "items");
    json_add_string(items, "type", "array");
    add_ref(json_add_object(items, "items"), "schemas", schema, item_len);
    struct json *cursor = json_add_object(properties, "next_cursor");
    fill_type(cursor, "string", 6, true);
    json_add_string(cursor, "description", "Give it as cursor to have the next page; null on the last");
    struct json *required = json_add_array(v, "required");
    json_add_string(required, NULL, "items");
    json_add_string(required, NULL, "next_cursor");
}

static void add_content(struct json *v, const char *schema)
{
    struct json *s = json_add_object(json_add_object(json_add_object(v, "content"), "application/json"), "schema");
    size_t len = schema ? strlen(schema) : 0;
    if (!schema)
        json_add_string(s, "type", "object");
    else if (len > 4 && !strcmp(schema + len - 4, "List"))
        add_list_schema(s, schema, len - 4);
    else
        add_ref(s, "schemas", schema, len);
}

static void add_choices(struct json *s, const struct route_query *k)
{
    struct json *names = json_add_array(s, "enum");
    for (const char *const *name = k->choices; *name; name++)
        json_add_string(names, NULL, *name);
}

static void fill_query_schema(struct json *s, const struct route_query *k)
{
    if (k->type == QUERY_INTEGER) {
        json_add_string(s, "type", "integer");
        json_add_int(s, "minimum", k->min);
        json_add_int(s, "maximum", k->max);
        json_add_int(s, "default", k->initial);
        return;
    }
    if (k->type == QUERY_CHOICES) {
        json_add_string(s, "type", "array");
        struct json *items = json_add_object(s, "items");
        json_add_string(items, "type", "string");
        add_choices(items, k);
        return;
    }
    json_add_string(s, "type", "string");
    if (k->type == QUERY_TIME)
        json_add_string(s, "format", "date-time");
    if (k->type == QUERY_CHOICE)
        add_choices(s, k);
}

static void add_query(struct json *parameters, const struct route_query *k)
{
    struct json *v = json_add(parameters, NULL, json_new_object());
    json_add_string(v, "name", k->name);
    json_add_string(v, "in", "query");
    json_add_string(v, "description", k->description);
    fill_query_schema(json_add_object(v, "schema"), k);
    if (k->type == QUERY_CHOICES)
        json_add_bool(v, "explode", false); /* separated by commas */
    if (k->example && k->type == QUERY_CHOICES)
        json_add_string(json_add_array(v, "example"), NULL, k->example);
    else if (k->example && k->type == QUERY_INTEGER)
        json_add_int(v, "example", k->initial);
    else if (k->example)
        json_add_string(v, "example", k->example);
}

static void add_captures(struct json *parameters, const char *path)
{
    for (const char *open = strchr(path, '{'); open; open = strchr(open + 1, '{')) {
        mem_auto char *name = mem_strndup(open + 1, strcspn(open + 1, "}"));
        struct json *v = json_add(parameters, NULL, json_new_object());
        json_add_string(v, "name", name);
        json_add_string(v, "in", "path");
        json_add_bool(v, "required", true);
        json_add_string(json_add_object(v, "schema"), "type", "string");
    }
}

static void add_problem(struct json *responses, enum err_code code)
{
    mem_auto char *status = mem_printf("%d", err_http_status(code));
    if (!json_get(responses, status))
        add_ref(json_add_object(responses, status), "responses", "Problem", strlen("Problem"));
}

static void add_responses(struct json *operation, const struct route *r)
{
    struct json *all = json_add_object(operation, "responses");
    mem_auto char *status = mem_printf("%d", r->status);
    struct json *good = json_add_object(all, status);
    json_add_string(good, "description", r->summary);
    add_content(good, r->schema);
    add_problem(all, ERR_MALFORMED);
    if (r->access != ACCESS_ANYONE)
        add_problem(all, ERR_UNAUTHENTICATED);
    if (r->access > ACCESS_READ)
        add_problem(all, ERR_FORBIDDEN);
    if (strchr(r->path, '{'))
        add_problem(all, ERR_NOT_FOUND);
    if (!strcmp(r->method, "POST")) {
        add_problem(all, ERR_CONFLICT);
        add_problem(all, ERR_TOO_LARGE);
    }
    add_problem(all, ERR_INVALID);
    add_problem(all, ERR_INTERNAL);
    if (!strcmp(r->path, "/readyz")) {
        struct json *not_ready = json_add_object(all, "503");
        json_add_string(not_ready, "description", "Not ready; the failing check says why");
        add_content(not_ready, r->schema);
    }
    add_problem(all, ERR_UNAVAILABLE);
}

static void add_security(struct json *operation, const struct route *r)
{
    static const char *const scopes[] = { NULL, "read", "operate", "admin" };
    struct json *list = json_add_array(operation, "security");
    if (r->access == ACCESS_ANYONE)
        return;
    json_add_array(json_add(list, NULL, json_new_object()), "token");
    json_add_string(operation, "x-scope", scopes[r->access]);
}

static void add_operation(struct json *paths, const struct route *r)
{
    struct json *path = (struct json *)(uintptr_t)json_get(paths, r->path);
    if (!path)
        path = json_add_object(paths, r->path);
    mem_auto char *method = mem_strdup(r->method);
    for (char *p = method; *p; p++)
        *p = (char)tolower((unsigned char)*p);
    struct json *v = json_add_object(path, method);
    json_add_string(v, "operationId", r->id);
    json_add_string(v, "summary", r->summary);
    json_add_string(v, "description", r->description);
    add_security(v, r);
    struct json *parameters = json_add_array(v, "parameters");
    add_captures(parameters, r->path);
    for (const struct route_query *k = r->query; k && k->name; k++)
        add_query(parameters, k);
    if (r->body_schema) {
        struct json *body = json_add_object(v, "requestBody");
        json_add_bool(body, "required", false);
        add_content(body, r->body_schema);
    }
    add_responses(v, r);
}

static void add_components(struct json *doc)
{
    struct json *components = json_add_object(doc, "components");
    struct json *token = json_add_object(json_add_object(components, "securitySchemes"), "token");
    json_add_string(token, "type", "http");
    json_add_string(token, "scheme", "bearer");
    json_add_string(token, "description", "A token of 'edgecron token create'");
    struct json *problem = json_add_object(json_add_object(components, "responses"), "Problem");
    json_add_string(problem, "description", "What went wrong (RFC 9457)");
    struct json *content = json_add_object(json_add_object(problem, "content"), "application/problem+json");
    add_ref(json_add_object(content, "schema"), "schemas", "Problem", strlen("Problem"));
    add_schemas(json_add_object(components, "schemas"));
}

struct json *openapi_document(void)
{
    struct json *doc = json_new_object();
    json_add_string(doc, "openapi", "3.1.0");
    struct json *info = json_add_object(doc, "info");
    json_add_string(info, "title", "edgecron");
    json_add_string(info, "version", EDGECRON_VERSION);
    json_add_string(info, "description", "Calls edge functions on schedule and tells the truth about what happened.");
    struct json *license = json_add_object(info, "license");
    json_add_string(license, "name", "MIT");
    json_add_string(license, "identifier", "MIT");
    json_add_string(json_add(json_add_array(doc, "servers"), NULL, json_new_object()), "url", "/");
    struct json *paths = json_add_object(doc, "paths");
    for (size_t i = 0; i < route_count; i++)
        add_operation(paths, &route_table[i]);
    add_components(doc);
    return doc;
}

int api_openapi(struct request *q, struct reply *p, struct err *e)
{
    (void)q, (void)e;
    reply_json(p, 200, openapi_document());
    return 0;
}
