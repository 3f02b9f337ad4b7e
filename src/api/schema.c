#include "api/schema.h"

#include "api/schema_row.h"
#include "base/mem.h"

#include <string.h>

static const struct schema_part *const parts[] = { &schema_jobs, &schema_runs, &schema_alerts, &schema_access,
                                                   &schema_server };

const struct schema_field *schema_next(const struct schema_field *f)
{
    if (!f)
        return parts[0]->rows;
    for (size_t i = 0; i < MEM_COUNT(parts); i++) {
        if (f < parts[i]->rows || f >= parts[i]->rows + parts[i]->n)
            continue;
        if (f + 1 < parts[i]->rows + parts[i]->n)
            return f + 1;
        return i + 1 < MEM_COUNT(parts) ? parts[i + 1]->rows : NULL;
    }
    return NULL;
}

const struct schema_field *schema_member_after(const struct schema_field *f)
{
    const struct schema_field *next = schema_next(f);
    return next && !strcmp(next->schema, f->schema) ? next : NULL;
}

bool schema_optional(const struct schema_field *f)
{
    return f->traits & SCHEMA_OPTIONAL;
}

const struct schema_field *schema_first(const char *name, size_t len)
{
    for (const struct schema_field *f = schema_next(NULL); f; f = schema_next(f))
        if (strlen(f->schema) == len && !memcmp(f->schema, name, len))
            return f;
    return NULL;
}

enum schema_form schema_form_of(const char *name, size_t len, size_t *ret_len)
{
    static const char suffix[][6] = { [SCHEMA_INPUT_FORM - 1] = "Input", [SCHEMA_PATCH_FORM - 1] = "Patch" };
    *ret_len = len;
    if (len <= 5 || schema_first(name, len))
        return SCHEMA_PLAIN;
    for (int form = SCHEMA_INPUT_FORM; form <= SCHEMA_PATCH_FORM; form++)
        if (!memcmp(name + len - 5, suffix[form - 1], 5)) {
            *ret_len = len - 5;
            return (enum schema_form)form;
        }
    return SCHEMA_PLAIN;
}
