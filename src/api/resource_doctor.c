/* resource_doctor.c - what `edgecron doctor` finds, found by the server itself. The worker waits for those who are called; what it
 * reads of the store is lent to others meanwhile. */
#include "api/resource.h"

#include "api/doctor.h"

#include <limits.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* One at a time: the whole database is read. */
static atomic_flag busy = ATOMIC_FLAG_INIT;

static const char *full_path(struct request *q, const char *path)
{
    char full[PATH_MAX];
    return realpath(path, full) ? arena_strdup(q->arena, full) : path;
}

/* Where whoever reads it will type a command is not known, so each names what it needs. */
static void set_hints(struct doctor *d)
{
    const char *beside = doctor_text(d, "%s/master.key", d->dir);
    d->hint = doctor_text(d, " --data %s", doctor_quoted(d, d->dir));
    d->key_hint = !strcmp(d->key_file, beside)
                      ? d->hint
                      : doctor_text(d, "%s --master-key-file %s", d->hint, doctor_quoted(d, d->key_file));
}

static void call_places(struct request *q, struct doctor *d)
{
    doctor_places(d);
    readers_give(q->service->readers, q->reader);
    q->reader = NULL;
    doctor_call(d);
    q->reader = readers_take(q->service->readers);
    d->store = reader_store(q->reader, &d->closed);
    d->zones = reader_zones(q->reader);
}

static int examine(struct request *q, struct reply *p, struct err *e)
{
    struct doctor d = { .dir = full_path(q, q->reader->data_dir),
                        .key_file = full_path(q, engine_key_file(q->service->engine)),
                        .store = q->reader->store,
                        .zones = reader_zones(q->reader),
                        .server = getpid(),
                        .engine = q->service->engine,
                        .offline = request_query_bool(q, "offline"),
                        .timeout_ms = DOCTOR_TIMEOUT_MS,
                        .allowed_known = true };
    d.n_allowed = engine_allowed(d.engine, &d.allowed);
    doctor_begin(&d);
    set_hints(&d);
    call_places(q, &d);
    doctor_examine(&d);
    int rc = doctor_stops(&d) ? err_set(e, ERR_UNAVAILABLE, "the server is stopping: ask again when it runs") : 0;
    if (!rc)
        reply_json(p, 200, doctor_view(&d));
    doctor_end(&d);
    return rc;
}

int api_doctor(struct request *q, struct reply *p, struct err *e)
{
    int rc = request_no_body(q, e);
    if (!rc && !q->service->engine)
        rc = err_set(e, ERR_UNAVAILABLE, "the engine is not running");
    if (rc)
        return rc;
    if (atomic_flag_test_and_set(&busy)) {
        reply_field(p, "Retry-After", "5");
        return err_set(e, ERR_TOO_MANY, "everything is being looked at already: try again in a moment");
    }
    rc = examine(q, p, e);
    atomic_flag_clear(&busy);
    return rc;
}
