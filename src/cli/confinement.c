#include "cli/confinement.h"

#include "api/listen.h"
#include "base/confine.h"
#include "base/log.h"
#include "base/mem.h"
#include "cli/stretch.h"
#include "store/jobs.h"

#include <arpa/inet.h>
#include <errno.h>
#include <limits.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Settings of the system: resolver, hosts, zones, authorities; and where links from there lead. A program that was linked with the
 * system's library finds more of that in /usr/lib. */
static const char *const SYSTEM[] = {
    "/etc",
    "/usr",
    "/lib",
    "/lib64",
    "/nix/store",
    "/run/systemd/resolve",
    "/run/resolvconf",
    "/run/NetworkManager",
    "/run/connman",
    "/var/run/netconfig", /* SUSE's resolv.conf */
    "/var/lib/ca-certificates",
    "/sys/devices/virtual/dmi/id", /* of a virtual machine: is this a clone? (store/home.h) */
    "/dev/null",
    "/dev/urandom",
    "/dev/random",
};

/* Files of the system that may be links to places that only it knows (WSL keeps resolv.conf under /mnt). */
static const char *const LINKED[] = {
    "/etc/resolv.conf",
    "/etc/hosts",
    "/etc/nsswitch.conf",
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/ssl/cert.pem",
    "/etc/ssl/ca-bundle.pem",
    "/etc/pki/tls/certs/ca-bundle.crt",
};

/* Where operators keep files of their own: a target's ca_file is named while the server runs, and must not need a restart. Not
 * the homes, where other programs' keys are. */
static const char *const PLACES[] = { "/opt", "/srv", "/tmp", "/var/tmp" };

/* And where it was started, unless that is the root. */
static void add_places(struct confine_rules *r)
{
    char here[PATH_MAX];
    for (size_t i = 0; i < MEM_COUNT(PLACES); i++)
        confine_allow(r, CONFINE_READ, PLACES[i]);
    if (getcwd(here, sizeof here) && strcmp(here, "/"))
        confine_allow(r, CONFINE_READ, here);
}

static bool add_ca_file(void *ctx, struct target_record *r)
{
    confine_allow_folder_of(ctx, CONFINE_READ, r->target.ca_file);
    target_record_free(r);
    return true;
}

/* One of an older format has to be brought up to date first, as the server would do next anyway. */
static void add_targets(struct confine_rules *r, const char *dir, bool without_copy)
{
    struct store *s;
    struct err e = { 0 };
    if (store_open(&s, dir, STORE_READ, &e) < 0 &&
        (e.code == ERR_NOT_FOUND ||
         (without_copy ? store_open_without_copy(&s, dir, &e) : store_open(&s, dir, STORE_WRITE, &e)) < 0))
        return;
    targets_each(s, add_ca_file, r, NULL);
    store_close(s);
}

/* On a first start the key is made where it is to be. */
static void add_master_key(struct confine_rules *r, const struct config *c, const char *dir)
{
    mem_auto char *file = config_master_key_file(c, dir);
    confine_allow_folder_of(r, access(file, F_OK) ? CONFINE_WRITE : CONFINE_READ, file);
}

static void add_environment(struct confine_rules *r)
{
    confine_allow(r, CONFINE_READ, getenv("TZDIR"));
    confine_allow(r, CONFINE_READ, getenv("CREDENTIALS_DIRECTORY"));
    confine_allow_folder_of(r, CONFINE_READ, getenv("SSL_CERT_FILE"));
#ifdef EDGECRON_TEST_HOOKS
    confine_allow_folder_of(r, CONFINE_READ, getenv("EDGECRON_TEST_CLOCK_FILE"));
    confine_allow_folder_of(r, CONFINE_READ, getenv("EDGECRON_TEST_FAULT_FILE"));
    confine_allow_folder_of(r, CONFINE_READ, getenv("EDGECRON_TEST_CRASH_FILE"));
#endif
}

static void add_port(struct confine_rules *r, const char *listen_text)
{
    struct listen_address a;
    if (listen_parse(listen_text, &a, NULL) < 0)
        return;
    confine_allow_port(r, ntohs(a.socket.ss_family == AF_INET6 ? ((struct sockaddr_in6 *)&a.socket)->sin6_port
                                                               : ((struct sockaddr_in *)&a.socket)->sin_port));
}

/* What stays allowed. False: the directory cannot be made. */
static bool gather(struct confine_rules *ret, const struct config *c, const char *dir, const char *listen_text,
                   bool demo)
{
    if (mkdir(dir, 0700) && errno != EEXIST)
        return false;
    confine_allow(ret, CONFINE_WRITE, dir);
    for (size_t i = 0; i < MEM_COUNT(SYSTEM); i++)
        confine_allow(ret, CONFINE_READ, SYSTEM[i]);
    for (size_t i = 0; i < MEM_COUNT(LINKED); i++)
        confine_allow_folder_of(ret, CONFINE_READ, LINKED[i]);
    add_places(ret);
    add_environment(ret);
    add_master_key(ret, c, dir);
    add_targets(ret, dir, config_on(c, FLAG_WITHOUT_COPY));
    confine_allow_folder_of(ret, CONFINE_READ, config_text(c, FLAG_TLS_CERT));
    confine_allow_folder_of(ret, CONFINE_READ, config_text(c, FLAG_TLS_KEY));
    add_port(ret, listen_text);
    if (demo) {
        confine_allow_port(ret, 0);
        confine_allow_folder_of(ret, CONFINE_RMDIR, dir);
    }
    return true;
}

void confinement_begin(const struct config *c, const char *dir, const char *listen_text, bool demo)
{
    struct confine_rules r = { 0 };
    if (config_on(c, FLAG_UNCONFINED)) {
        confine_process(NULL);
        return;
    }
    stretch_begin("starting: the store is opened, and brought up to date where it is of an older edgecron");
    bool known = gather(&r, c, dir, listen_text, demo);
    stretch_end(); /* its thread must not outlive this: it would not be confined */
    if (known)
        confine_process(&r);
    confine_rules_free(&r);
}

void confinement_log(void)
{
    struct confine_state s[CONFINE_MEASURES];
    struct log_field fields[CONFINE_MEASURES + 1] = { 0 };
    for (int i = 0; i < CONFINE_MEASURES; i++) {
        s[i] = confine_state((enum confine_measure)i);
        fields[i] = L_STR(confine_name((enum confine_measure)i), s[i].on ? "on" : s[i].why);
    }
    if (s[CONFINE_PRIVILEGES].on || *s[CONFINE_PRIVILEGES].why) /* else nothing was tried */
        log_write(LOG_INFO, "confined", fields);
}
