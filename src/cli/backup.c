#include "base/mem.h"
#include "cli/data.h"
#include "cli/handlers.h"
#include "cli/output.h"
#include "store/backup.h"

#include <stdio.h>

static int report(const struct call *call, const char *path, int64_t bytes, bool verified)
{
    if (config_on(&call->config, FLAG_JSON)) {
        struct json *v = json_new_object();
        json_add_string(v, "file", path);
        json_add_int(v, "bytes", bytes);
        json_add_bool(v, "verified", verified);
        return output_json(v);
    }
    printf("backup '%s' written (%lld KiB%s)\n", path, (long long)(bytes + 1023) / 1024, verified ? ", verified" : "");
    output_note("the master key is not in it: without a copy of that elsewhere, no secret in it can be read");
    return 0;
}

int backup_run(struct call *call, struct err *e)
{
    struct data d = { 0 };
    int64_t bytes = 0;
    struct backup_options options = { .verify = config_on(&call->config, FLAG_VERIFY) };
    int r = data_open(&d, &call->config, STORE_READ, e);
    if (r == 0)
        r = store_backup(d.store, call->words[0], &options, &bytes, e);
    data_close(&d);
    return r < 0 ? r : report(call, call->words[0], bytes, options.verify);
}
