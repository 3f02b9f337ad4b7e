#include "store/settings.h"

#include "store/statement.h"

int settings_get(struct store *s, struct settings *ret, struct err *e)
{
    struct statement q = statement_begin(s, Q_SETTINGS_GET);
    int rc = statement_row(&q, e);
    if (rc < 0)
        return rc;
    if (rc == 0)
        return err_set(e, ERR_STORE, "the settings are missing from '%s/" STORE_FILE "': it is damaged", s->dir);
    ret->paused = next_int(&q) != 0;
    ret->retention_days = next_int(&q);
    statement_end(&q);
    return 0;
}

int settings_revision(struct store *s, int64_t *ret, struct err *e)
{
    struct statement q = statement_begin(s, Q_SETTINGS_REVISION);
    int rc = statement_row(&q, e);
    *ret = rc > 0 ? next_int(&q) : 0;
    statement_end(&q);
    return rc < 0 ? rc : 0;
}

int settings_put(struct store *s, const struct settings *v, struct err *e)
{
    struct statement q = statement_begin(s, Q_SETTINGS_PUT);
    statement_int(&q, v->paused);
    statement_int(&q, v->retention_days);
    return statement_run(&q, e);
}
