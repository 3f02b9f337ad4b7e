/* doctor_server.c - the server that runs on the directory: is there one, and what does it say of itself? */
#include "api/doctor.h"
#include "api/health.h"
#include "base/mem.h"

#include <stdio.h>
#include <string.h>

#define UNIT "/etc/systemd/system/edgecron.service" /* as `edgecron install` writes it */

/* Does systemd run the server of this directory? Then a server that somebody starts by hand, as root perhaps, is not what mends it. */
static bool is_service(const struct doctor *d)
{
    char line[4096];
    bool found = false;
    mem_auto char *start = mem_printf(" serve --data %s", d->dir);
    FILE *f = fopen(UNIT, "re");
    while (f && !found && fgets(line, sizeof line, f)) {
        const char *at = strncmp(line, "ExecStart=", 10) == 0 ? strstr(line, start) : NULL;
        found = at && strchr(" \n", at[strlen(start)]);
    }
    if (f)
        fclose(f);
    return found;
}

void doctor_server(struct doctor *d)
{
    int64_t jobs = 0;
    if (d->store)
        jobs_count(d->store, &jobs, NULL);
    if (d->server > 0)
        doctor_add(d, DOCTOR_OK, NULL, NULL, "a server runs on it (pid %ld)", (long)d->server);
    else if (d->server)
        doctor_add(d, DOCTOR_OK, NULL, NULL, "a server runs on it");
    else
        doctor_add(d, jobs > 0 ? DOCTOR_WARNING : DOCTOR_NOTICE, "without one nothing is called",
                   is_service(d) ? "systemctl start edgecron" : doctor_text(d, "edgecron serve%s", d->key_hint),
                   "no server runs on '%s'", d->dir);
    if (d->all_paused)
        doctor_add(
            d, DOCTOR_WARNING, "no schedule runs until that is taken back",
            doctor_text(d, "echo '{\"version\":1,\"settings\":{\"paused\":false}}' | edgecron apply -%s", d->hint),
            "everything is paused");
}

/* Others look at these, and know more. */
static bool is_told_elsewhere(enum health_name name)
{
    return name == HEALTH_DISK || name == HEALTH_SEALED || name == HEALTH_HOME;
}

void doctor_health(struct doctor *d)
{
    struct health_facts facts;
    struct health_check checks[HEALTH_CHECKS];
    health_look(d->engine, &facts);
    health_judge(&facts, checks);
    for (int i = 0; i < HEALTH_CHECKS; i++) {
        const struct health_check *c = &checks[i];
        if (!*c->message || is_told_elsewhere((enum health_name)i))
            continue;
        doctor_add(d, c->ok || !c->needed ? DOCTOR_WARNING : DOCTOR_PROBLEM,
                   c->ok || !c->needed ? "what is due runs all the same, for now"
                                       : "until that is mended, /readyz says 503, and runs may wait",
                   NULL, "%s: %s", c->name, c->message);
    }
}
