/* schema.c - `schema`: the JSON Schema (2020-12) of the apply file. What it says of jobs, targets and settings is made from the rows
 * that the OpenAPI document is made from (api/schema.h). */
#include "api/openapi_schema.h"
#include "base/mem.h"
#include "cli/handlers.h"
#include "cli/output.h"
#include "core/document.h"

#include <string.h>

#define REFER "#/components/schemas/"
#define FORM "Input"

/* The schemas of the OpenAPI document under their plain names: "JobInput" there is "Job" here. */
static char *plain_name(const char *name)
{
    size_t len = strlen(name), suffix = strlen(FORM);
    return mem_strndup(name, len > suffix && !strcmp(name + len - suffix, FORM) ? len - suffix : len);
}

/* What is being made, and from what. */
struct making {
    struct json *schemas; /* of the OpenAPI document */
    struct json *defs;
};

static void add_definition(struct making *m, const char *form);

static void add_reference(struct making *m, struct json *to, const char *form)
{
    mem_auto char *name = plain_name(form), *ref = mem_printf("#/$defs/%s", name);
    json_add_string(to, "$ref", ref);
    if (!json_get(m->defs, name))
        add_definition(m, form);
}

/* Without what edgecron adds to answers: a file does not hold it. */
static void copy_into(struct making *m, struct json *to, const struct json *from)
{
    for (const struct json *child = json_first(from); child; child = json_next(child)) {
        const char *key = json_key(child), *text = json_string(child);
        if (json_bool(json_get(child, "readOnly")))
            continue;
        if (key && !strcmp(key, "$ref") && text && !strncmp(text, REFER, strlen(REFER)))
            add_reference(m, to, text + strlen(REFER));
        else if (json_type(child) == JSON_OBJECT)
            copy_into(m, json_add_object(to, key), child);
        else if (json_type(child) == JSON_ARRAY)
            copy_into(m, json_add_array(to, key), child);
        else
            json_add(to, key, json_clone(child));
    }
}

/* In a request for one thing its name is in the path; here it is among the members. */
static void require_name(struct json *def)
{
    json_auto struct json *others = json_clone(json_get(def, "required"));
    json_remove(def, "required");
    struct json *required = json_add_array(def, "required");
    json_add_string(required, NULL, "name");
    for (const struct json *o = json_first(others); o; o = json_next(o))
        if (strcmp(json_string(o), "name") != 0)
            json_add_string(required, NULL, json_string(o));
}

static void add_definition(struct making *m, const char *form)
{
    mem_auto char *name = plain_name(form);
    const struct json *schema = json_get(m->schemas, form);
    struct json *def = json_add_object(m->defs, name);
    json_add_string(def, "title", name);
    copy_into(m, def, schema);
    if (json_get(json_get(schema, "properties"), "name"))
        require_name(def);
}

static void refer(struct making *m, struct json *v, const char *form)
{
    json_auto struct json *unused = json_new_object();
    openapi_refer(m->schemas, unused, form, strlen(form));
    add_reference(m, v, form);
}

static void add_list(struct making *m, struct json *properties, const char *key, const char *form, int max,
                     const char *description)
{
    struct json *list = json_add_object(properties, key);
    json_add_string(list, "type", "array");
    json_add_string(list, "description", description);
    refer(m, json_add_object(list, "items"), form);
    json_add_int(list, "maxItems", max);
}

static void add_example(struct json *schema)
{
    struct json *file = json_add_object(json_add_array(schema, "examples"), NULL);
    json_add_int(file, "version", 1);
    json_add(json_add_array(file, "targets"), NULL, openapi_example("Target" FORM, strlen("Target" FORM)));
    json_add(json_add_array(file, "channels"), NULL, openapi_example("Channel" FORM, strlen("Channel" FORM)));
    json_add(json_add_array(file, "jobs"), NULL, openapi_example("Job" FORM, strlen("Job" FORM)));
    json_add(json_add_array(file, "alerts"), NULL, openapi_example("Alert" FORM, strlen("Alert" FORM)));
    json_add(file, "settings", openapi_example("Settings" FORM, strlen("Settings" FORM)));
}

static void add_properties(struct making *m, struct json *schema)
{
    struct json *properties = json_add_object(schema, "properties");
    struct json *own = json_add_object(properties, "$schema");
    json_add_string(own, "type", "string");
    json_add_string(own, "description", "Where an editor finds this schema; edgecron itself takes no notice of it");
    struct json *version = json_add_object(properties, "version");
    json_add_string(version, "description", "Of the form of the file: 1 is the only one there is");
    json_add_int(version, "const", 1);
    add_list(m, properties, "targets", "Target" FORM, DOCUMENT_TARGETS_MAX, "Places that functions live");
    add_list(m, properties, "channels", "Channel" FORM, CHANNELS_MAX, "Where alerts are sent");
    add_list(m, properties, "jobs", "Job" FORM, DOCUMENT_JOBS_MAX, "Schedules and what they call");
    add_list(m, properties, "alerts", "Alert" FORM, ALERT_RULES_MAX, "What is watched, and who is told");
    struct json *settings = json_add_object(properties, "settings");
    refer(m, settings, "Settings" FORM);
    json_add_string(settings, "description",
                    "Settings of the whole appliance; those that are left out stay as they are");
}

int schema_run(struct call *call, struct err *e)
{
    json_auto struct json *schemas = json_new_object();
    struct json *schema = json_new_object();
    struct making m = { schemas, json_new_object() };
    (void)call, (void)e;
    json_add_string(schema, "$schema", "https://json-schema.org/draft/2020-12/schema");
    json_add_string(schema, "$id", "urn:edgecron:apply:1");
    json_add_string(schema, "title", "edgecron apply file");
    json_add_string(schema, "description", "What 'edgecron apply' takes and 'edgecron export' writes");
    json_add_string(schema, "type", "object");
    add_properties(&m, schema);
    json_add_string(json_add_array(schema, "required"), NULL, "version");
    json_add_bool(schema, "additionalProperties", false);
    json_add(schema, "$defs", m.defs);
    add_example(schema);
    return output_json(schema);
}
