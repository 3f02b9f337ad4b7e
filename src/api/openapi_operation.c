#include "api/openapi_operation.h"

#include "api/openapi_schema.h"
#include "base/mem.h"

#include <string.h>

static struct json *add_parameter(struct json *parameters, const char *name, const char *in, bool required)
{
    struct json *v = json_add(parameters, NULL, json_new_object());
    json_add_string(v, "name", name);
    json_add_string(v, "in", in);
    if (required)
        json_add_bool(v, "required", true);
    return v;
}

static void add_capture(struct json *parameters, const struct route *r, const char *at, size_t len)
{
    const struct capture *c = openapi_capture(r, at, len);
    mem_auto char *name = mem_strndup(at, len);
    struct json *v = add_parameter(parameters, name, "path", true);
    if (c)
        json_add_string(v, "description", c->description);
    struct json *schema = json_add_object(v, "schema");
    json_add_string(schema, "type", "string");
    if (c && c->pattern)
        json_add_string(schema, "pattern", c->pattern);
    if (c && c->format)
        json_add_string(schema, "format", c->format);
    if (c)
        json_add_string(v, "example", c->example);
}

static void add_captures(struct json *parameters, const struct route *r)
{
    for (const char *open = strchr(r->path, '{'); open; open = strchr(open + 1, '{'))
        add_capture(parameters, r, open + 1, strcspn(open + 1, "}"));
}

static void add_choices(struct json *schema, const struct route_query *k)
{
    struct json *names = json_add_array(schema, "enum");
    for (const char *const *name = k->choices; *name; name++)
        json_add_string(names, NULL, *name);
}

static void fill_integer(struct json *schema, const struct route_query *k)
{
    json_add_string(schema, "type", "integer");
    json_add_int(schema, "minimum", k->min);
    json_add_int(schema, "maximum", k->max);
    json_add_int(schema, "default", k->initial);
}

static void fill_list(struct json *schema, const struct route_query *k)
{
    json_add_string(schema, "type", "array");
    struct json *items = json_add_object(schema, "items");
    json_add_string(items, "type", "string");
    add_choices(items, k);
}

static void fill_query_schema(struct json *schema, const struct route_query *k)
{
    if (k->type == QUERY_INTEGER) {
        fill_integer(schema, k);
    } else if (k->type == QUERY_CHOICES) {
        fill_list(schema, k);
    } else if (k->type == QUERY_BOOLEAN) {
        json_add_string(schema, "type", "boolean");
    } else {
        json_add_string(schema, "type", "string");
        if (k->type == QUERY_TIME)
            json_add_string(schema, "format", "date-time");
        if (k->type == QUERY_CHOICE)
            add_choices(schema, k);
    }
}

static void add_query(struct json *parameters, const struct route_query *k)
{
    struct json *v = add_parameter(parameters, k->name, "query", k->required);
    json_add_string(v, "description", k->description);
    if (k->type == QUERY_CHOICES)
        json_add_bool(v, "explode", false); /* separated by commas */
    fill_query_schema(json_add_object(v, "schema"), k);
    if (!k->example)
        return;
    if (k->type == QUERY_INTEGER || k->type == QUERY_BOOLEAN)
        json_add(v, "example", json_parse(k->example, strlen(k->example), NULL));
    else if (k->type == QUERY_CHOICES)
        json_add_string(json_add_array(v, "example"), NULL, k->example);
    else
        json_add_string(v, "example", k->example);
}

static bool is_method(const struct route *r, const char *method)
{
    return !strcmp(r->method, method);
}

static bool takes_if_match(const struct route *r)
{
    return r->traits & ROUTE_REVISION && !is_method(r, "GET");
}

static bool takes_if_none_match(const struct route *r)
{
    return r->traits & ROUTE_REVISION && is_method(r, "PUT");
}

static bool takes_key(const struct route *r)
{
    return r->traits & ROUTE_IDEMPOTENT;
}

static bool needs_csrf(const struct route *r)
{
    return r->access != ACCESS_ANYONE && !is_method(r, "GET");
}

static bool is_stream(const struct route *r)
{
    return r->content_type && !strcmp(r->content_type, "text/event-stream");
}

static const struct {
    const char *name;
    bool (*applies)(const struct route *r);
    const char *example, *description;
} fields[] = {
    { "If-Match", takes_if_match, "\"4\"",
      "The ETag that was read, or `*`: 412 when it was changed since, or is not there (RFC 9110, section 13.1.1)" },
    { "If-None-Match", takes_if_none_match, "*", "`*`: 412 when it is there already (RFC 9110, section 13.1.2)" },
    { "Idempotency-Key", takes_key, "5f2b0d0c-6c1f-4a0e-9d57-0a1f2f3e4d5c",
      "The same key with the same request is done once, and has the same answer again, for 24 hours" },
    { "X-CSRF-Token", needs_csrf, NULL, "Needed with a session, not with a token: the session's `csrf_token`" },
    { "Last-Event-ID", is_stream, NULL, "The id of the last event that was received: those after it come first" },
};

static void add_fields(struct json *parameters, const struct route *r)
{
    for (size_t i = 0; i < MEM_COUNT(fields); i++) {
        if (!fields[i].applies(r))
            continue;
        struct json *v = add_parameter(parameters, fields[i].name, "header", false);
        json_add_string(v, "description", fields[i].description);
        json_add_string(json_add_object(v, "schema"), "type", "string");
        if (fields[i].example)
            json_add_string(v, "example", fields[i].example);
    }
}

static void add_body_type(struct json *components, struct json *content, const char *type, const char *schema)
{
    struct json *media = json_add_object(content, type);
    struct json *schemas = (struct json *)(uintptr_t)json_get(components, "schemas");
    openapi_refer(schemas, json_add_object(media, "schema"), schema, strlen(schema));
    json_add(media, "example", openapi_example(schema, strlen(schema)));
}

static void add_body(struct json *components, struct json *operation, const struct route *r)
{
    struct json *body = json_add_object(operation, "requestBody");
    json_add_bool(body, "required", r->traits & ROUTE_BODY);
    json_add_string(body, "description",
                    r->traits & ROUTE_MERGE ? "A merge patch (RFC 7396): members that are to change, null for those "
                                              "that are to have their default again"
                                            : "At most 1 MiB, 32 levels deep; members that are not listed are refused");
    struct json *content = json_add_object(body, "content");
    if (r->traits & ROUTE_MERGE)
        add_body_type(components, content, "application/merge-patch+json", r->body_schema);
    add_body_type(components, content, "application/json", r->body_schema);
}

static void add_security(struct json *operation, const struct route *r)
{
    static const char *const scopes[] = { NULL, "read", "operate", "admin" };
    struct json *list = json_add_array(operation, "security");
    if (r->access == ACCESS_ANYONE)
        return;
    json_add_array(json_add(list, NULL, json_new_object()), "token");
    json_add_array(json_add(list, NULL, json_new_object()), "session");
    json_add_string(operation, "x-scope", scopes[r->access]);
}

void openapi_operation(struct json *components, struct json *operation, const struct route *r)
{
    const struct tag *tag = openapi_tag(r);
    json_add_string(operation, "operationId", r->id);
    json_add_string(json_add_array(operation, "tags"), NULL, tag ? tag->name : "server");
    json_add_string(operation, "summary", r->summary);
    json_add_string(operation, "description", r->description);
    add_security(operation, r);
    struct json *parameters = json_add_array(operation, "parameters");
    add_captures(parameters, r);
    for (const struct route_query *k = r->query; k && k->name; k++)
        add_query(parameters, k);
    add_fields(parameters, r);
    if (r->body_schema)
        add_body(components, operation, r);
    openapi_answers(components, operation, r);
}
