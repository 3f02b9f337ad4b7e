/* health.h - may this server do its job? Each thing that it needs is a check with a name.
 *
 * What a check tells in full may name files of the machine: it is for callers who are known. Any thread. */
#ifndef EDGECRON_API_HEALTH_H
#define EDGECRON_API_HEALTH_H

#include "engine/backups.h"
#include "engine/heartbeat.h"
#include "engine/measured.h"

#define HEALTH_STUCK_MS 10000                  /* a step of the engine, or a write, that takes longer has stuck */
#define HEALTH_FREE_LEAST (4 * 1024 * 1024)    /* bytes on disk: with less, a write may fail any moment */
#define HEALTH_FREE_WARNING (64 * 1024 * 1024) /* with less, it is told while all is well */

enum health_name {
    HEALTH_STORE,
    HEALTH_DISK,
    HEALTH_VAULT,
    HEALTH_SEALED,
    HEALTH_CLOCK,
    HEALTH_ENGINE,
    HEALTH_HOME,
    HEALTH_BACKUP,
    HEALTH_LOAD,
    HEALTH_WRITES,
    HEALTH_CHECKS
};
struct health_check {
    const char *name;
    bool ok;
    bool needed;         /* not ready without */
    char message[768];   /* what is wrong, and what to do; also a warning, when ok. "" */
    const char *outline; /* the same for anybody */
};

struct health_facts {
    struct engine_status engine;
    struct writer_stats writer;
    struct figures_space space;
    struct backup_status backup;
    struct heartbeat_status heartbeat;
};
void health_look(struct engine *g, struct health_facts *ret);
void health_judge(const struct health_facts *f, struct health_check ret[HEALTH_CHECKS]);
bool health_ready(const struct health_check checks[HEALTH_CHECKS]);

#endif
