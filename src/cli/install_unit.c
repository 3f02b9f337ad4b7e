#include "cli/install.h"

#include "api/listen.h"
#include "base/mem.h"
#include "versions.h"

#include <inttypes.h>
#include <string.h>

#define MARK "# Written by 'edgecron install'"
#define CREDENTIALS "/run/credentials/" INSTALL_UNIT
#define STATE "/var/lib/"
#define STOP_GRACE_S 30 /* after the drain: for the last results */

const enum flag install_flags[] = {
    FLAG_LISTEN,        FLAG_TLS_CERT,        FLAG_TLS_KEY,         FLAG_BEHIND_PROXY,
    FLAG_ALLOW_PRIVATE, FLAG_DRAIN_TIMEOUT,   FLAG_MASTER_KEY_FILE, FLAG_ADMIN_PASSWORD_FILE,
    FLAG_SAME_STORE,    FLAG_WAL_CHECKPOINTS, FLAG_LOG_LEVEL,       FLAG_LOG_FORMAT
};
const int install_flag_count = MEM_COUNT(install_flags);

/* Files that the service's user need not be able to read: systemd does, as root, and hands them over (systemd.exec(5), LoadCredential=).
 * The master key is found there by its name, without a flag. */
static const struct {
    enum flag flag;
    const char *credential;
    bool found;
} files[] = {
    { FLAG_TLS_CERT, "tls.cert", false },
    { FLAG_TLS_KEY, "tls.key", false },
    { FLAG_ADMIN_PASSWORD_FILE, "admin.password", false },
    { FLAG_MASTER_KEY_FILE, "master.key", true },
};

/* What the process may do, beside what it gives up by itself (base/confine.h). What a server needs: its data directory; /etc and /usr to read
 * (resolver, zones, authorities); TCP, UDP and systemd's socket; threads. Each line was tried with one at work. */
/* clang-format off */
static const char *const sandbox[] = {
    "NoNewPrivileges=yes",
    "ProtectSystem=strict",
    "ProtectHome=yes",
    "PrivateTmp=yes",
    "PrivateDevices=yes",
    "PrivateMounts=yes",
    "ProtectClock=yes",
    "ProtectControlGroups=yes",
    "ProtectHostname=yes",
    "ProtectKernelLogs=yes",
    "ProtectKernelModules=yes",
    "ProtectKernelTunables=yes",
    "ProtectProc=invisible",
    "ProcSubset=pid",
    "RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX",
    "RestrictNamespaces=yes",
    "RestrictRealtime=yes",
    "RestrictSUIDSGID=yes",
    "LockPersonality=yes",
    "MemoryDenyWriteExecute=yes",
    "KeyringMode=private",
    "RemoveIPC=yes",
    "SystemCallArchitectures=native",
    "SystemCallErrorNumber=EPERM",
    "SystemCallFilter=@system-service",
    "SystemCallFilter=~@privileged @resources @setuid @keyring @aio",
    "# limits on descriptors and core dumps; threads of the API and of backups step back; it confines itself further",
    "SystemCallFilter=setrlimit prlimit64 setpriority ioprio_set",
    "SystemCallFilter=landlock_create_ruleset landlock_add_rule landlock_restrict_self seccomp",
};
/* clang-format on */

static const char *credential_of(enum flag f, bool *ret_found)
{
    for (size_t i = 0; i < MEM_COUNT(files); i++)
        if (files[i].flag == f) {
            *ret_found = files[i].found;
            return files[i].credential;
        }
    return NULL;
}

/* A word of a command line (systemd.service(5)): quoted where it has to be. */
static void add_word(struct buf *out, const char *word)
{
    bool plain =
        *word && !word[strspn(word, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./:,=@+[]")];
    buf_str_add(out, plain ? " " : " \"");
    for (const char *p = word; *p; p++) {
        if (strchr("\"\\", *p))
            buf_char(out, '\\');
        if (strchr("%$", *p))
            buf_char(out, *p);
        buf_char(out, *p);
    }
    if (!plain)
        buf_char(out, '"');
}

static int check_value(const struct config *c, enum flag f, struct err *e)
{
    bool unused;
    const char *text = config_text(c, f), *source = c->values[f].source;
    if (text)
        for (const char *p = text; *p; p++)
            if ((unsigned char)*p < ' ' || *p == 0x7f)
                return err_set(e, ERR_USAGE, "%s: a line break or control character has no place in a unit", source);
    if (!text || !credential_of(f, &unused))
        return 0;
    if (text[0] != '/')
        return err_set(e, ERR_USAGE, "%s: '%.200s' is not a whole path, which a service needs: write it from '/' on",
                       source, text);
    if (strpbrk(text, ":% "))
        return err_set(e, ERR_USAGE, "%s: a unit cannot name a file with ':', '%%' or a space: '%.200s'", source, text);
    return 0;
}

static char *flag_word(const struct config *c, enum flag f)
{
    const char *name = config_flag(f)->name, *text = config_text(c, f);
    return text ? mem_printf("--%s=%s", name, text) : mem_printf("--%s", name);
}

static void add_command(const struct install *i, struct buf *out)
{
    buf_str_add(out, "ExecStart=" INSTALL_PROGRAM " serve --data");
    add_word(out, i->data);
    for (int n = 0; n < install_flag_count; n++) {
        enum flag f = install_flags[n];
        bool found = false;
        const char *credential = credential_of(f, &found);
        if (!config_is_set(i->config, f) || (credential && found))
            continue;
        mem_auto char *word = credential ? mem_printf("--%s=" CREDENTIALS "/%s", config_flag(f)->name, credential)
                                         : flag_word(i->config, f);
        add_word(out, word);
    }
    buf_str_add(out, "\n");
}

static void add_credentials(const struct install *i, struct buf *out)
{
    for (size_t n = 0; n < MEM_COUNT(files); n++)
        if (config_is_set(i->config, files[n].flag))
            buf_printf(out, "LoadCredential=%s:%s\n", files[n].credential, config_text(i->config, files[n].flag));
}

/* Below /var/lib it is systemd that makes it, and gives it to the user. */
static void add_directory(const char *data, struct buf *out)
{
    const char *below = strncmp(data, STATE, strlen(STATE)) ? NULL : data + strlen(STATE);
    if (below && *below && !below[strspn(below, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./")])
        buf_printf(out, "StateDirectory=%s\nStateDirectoryMode=0700\n", below);
    else
        buf_printf(out, "ReadWritePaths=%s\n", data);
}

/* Ports below 1024 need a right, and one that a user name space would take away. */
static bool needs_port_right(const struct config *c)
{
    struct listen_address a;
    const char *text = config_text(c, FLAG_LISTEN);
    return text && listen_parse(text, &a, NULL) == 0 && listen_port(&a) > 0 && listen_port(&a) < 1024;
}

static void add_rights(const struct config *c, struct buf *out)
{
    bool port = needs_port_right(c);
    buf_printf(out, "CapabilityBoundingSet=%s\nAmbientCapabilities=%s\n", port ? "CAP_NET_BIND_SERVICE" : "",
               port ? "CAP_NET_BIND_SERVICE" : "");
    if (!port)
        buf_str_add(out, "PrivateUsers=yes\n");
    for (size_t n = 0; n < MEM_COUNT(sandbox); n++)
        buf_printf(out, "%s\n", sandbox[n]);
}

/* What the next `install` begins with: sections that begin with X- are nobody's but ours. */
static void add_flags(const struct install *i, struct buf *out)
{
    buf_printf(out, "\n[X-Edgecron]\nVersion=%s\nFlag=--data=%s\n", EDGECRON_VERSION, i->data);
    for (int n = 0; n < install_flag_count; n++) {
        if (!config_is_set(i->config, install_flags[n]))
            continue;
        mem_auto char *word = flag_word(i->config, install_flags[n]);
        buf_printf(out, "Flag=%s\n", word);
    }
}

int install_unit(const struct install *i, struct buf *out, struct err *e)
{
    for (int n = 0; n < install_flag_count; n++)
        if (check_value(i->config, install_flags[n], e) < 0)
            return -(int)e->code;
    int64_t drain_s = (config_number(i->config, FLAG_DRAIN_TIMEOUT) + 999) / 1000;
    buf_str_add(out, MARK ", which writes it anew each time: changes of your own go to a drop-in\n"
                          "# ('systemctl edit edgecron').\n"
                          "[Unit]\n"
                          "Description=edgecron: calls edge functions on schedule\n"
                          "Wants=network-online.target\n"
                          "After=network-online.target nss-lookup.target time-sync.target\n"
                          "# what is due waits for nobody: it is started again, however often that fails\n"
                          "StartLimitIntervalSec=0\n"
                          "\n[Service]\nType=notify\nNotifyAccess=main\n");
    add_command(i, out);
    buf_str_add(out, "ExecReload=/bin/kill -HUP $MAINPID\n"
                     "Restart=always\nRestartSec=1s\n"
                     "# wrong flags stay wrong\n"
                     "RestartPreventExitStatus=2\n"
                     "WatchdogSec=2min\n");
    buf_printf(out, "TimeoutStopSec=%" PRId64 "s\n", drain_s + STOP_GRACE_S);
    buf_str_add(out, "# the listening socket, so that a restart refuses no connection\n"
                     "FileDescriptorStoreMax=1\n"
                     "LimitCORE=0\nLimitMEMLOCK=64M\n"
                     "\nUser=" INSTALL_USER "\nGroup=" INSTALL_USER "\nUMask=0077\n");
    add_directory(i->data, out);
    add_credentials(i, out);
    buf_char(out, '\n');
    add_rights(i->config, out);
    buf_str_add(out, "\n[Install]\nWantedBy=multi-user.target\n");
    add_flags(i, out);
    return 0;
}

int install_unit_flags(char *text, char **argv, int max)
{
    int n = 0;
    if (strncmp(text, MARK, strlen(MARK)) != 0)
        return -1;
    for (char *line = text, *next; line; line = next) {
        next = strchr(line, '\n');
        if (next)
            *next++ = '\0';
        if (!strncmp(line, "Flag=", 5) && n < max)
            argv[n++] = line + 5;
    }
    return n;
}

int install_check_data(const char *dir, struct err *e)
{
    static const char *const hidden[] = { "/home", "/root", "/run", "/tmp", "/var/tmp", "/dev", "/proc", "/sys" };
    const char *why = NULL;
    if (dir[0] != '/')
        why = "is not a whole path, which a service needs: write it from '/' on";
    else if (strstr(dir, "//") || strstr(dir, "/.") || !strchr(dir + 1, '/') || dir[strlen(dir) - 1] == '/')
        why = "is not a folder for a service's data, such as /var/lib/edgecron or /srv/edgecron";
    else if (dir[strspn(dir, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./@+")])
        why = "has a character that a unit cannot name: use letters, digits, '-', '_' and '.'";
    for (size_t n = 0; !why && n < MEM_COUNT(hidden); n++) {
        size_t len = strlen(hidden[n]);
        if (!strncmp(dir, hidden[n], len) && dir[len] == '/')
            why =
                "is hidden from the service, which sees no home and no temporary folder of others: choose one such as "
                "/var/lib/edgecron or /srv/edgecron";
    }
    return why ? err_set(e, ERR_USAGE, "--data: '%.200s' %s", dir, why) : 0;
}
