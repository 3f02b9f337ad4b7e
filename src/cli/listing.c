#include "cli/listing.h"

#include "api/view.h"

struct listing listing_begin(const struct config *c, const char *const *heads, int n)
{
    bool json = config_on(c, FLAG_JSON);
    return (struct listing){ .items = json ? json_new_array() : NULL, .table = json ? NULL : table_new(heads, n) };
}

int listing_end(struct listing *l, int r, const char *next_cursor, const char *empty)
{
    if (r < 0) {
        json_free(l->items);
    } else if (l->items) {
        return output_json(view_list(l->items, next_cursor));
    } else if (table_rows(l->table) > 0) {
        return output_table(l->table);
    } else {
        output_note("%s", empty);
    }
    if (l->table)
        table_free(l->table);
    return r;
}
