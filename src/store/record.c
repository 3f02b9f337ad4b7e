#include "store/record.h"

#include <inttypes.h>

int record_expect(const char *kind, const char *name, bool exists, int64_t revision, int64_t if_revision, struct err *e)
{
    if (if_revision < 0 || (if_revision == 0 && !exists) || (if_revision > 0 && exists && revision == if_revision))
        return 0;
    if (if_revision == 0)
        return err_set(e, ERR_CONFLICT, "there is a %s '%s' already", kind, name);
    if (!exists)
        return err_set(e, ERR_CONFLICT, "%s '%s' is gone: it was at revision %" PRId64, kind, name, if_revision);
    return err_set(e, ERR_CONFLICT, "%s '%s' was changed meanwhile: it is at revision %" PRId64 ", not %" PRId64, kind, name,
                   revision, if_revision);
}

void record_name_add(struct buf *names, int shown, const char *kind, const char *name)
{
    if (shown < RECORD_NAMES_SHOWN)
        buf_printf(names, "%s%s '%s'", shown ? ", " : "", kind, name);
    else if (shown == RECORD_NAMES_SHOWN)
        buf_str_add(names, ", ...");
}
