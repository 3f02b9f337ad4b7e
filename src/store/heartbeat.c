#include "store/heartbeat.h"

#include "store/statement.h"

int heartbeat_put(struct store *s, struct wall at, struct err *e)
{
    struct statement q = statement_begin(s, Q_HEARTBEAT_PUT);
    statement_wall(&q, at);
    return statement_run(&q, e);
}
