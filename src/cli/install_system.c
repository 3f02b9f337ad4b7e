#include "cli/install.h"

#include "base/mem.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define USER_LINE                                                               \
    "# Written by 'edgecron install': the user that edgecron.service runs as\n" \
    "u " INSTALL_USER " - \"edgecron\" %s /usr/sbin/nologin\n"

extern char **environ;

static int explain(const char *const *argv, int status, struct err *e)
{
    buf_auto struct buf line = BUF_INIT(400);
    for (int n = 0; argv[n]; n++)
        buf_printf(&line, "%s%s", n ? " " : "", argv[n]);
    if (WIFEXITED(status) && WEXITSTATUS(status) != 127)
        return err_set(e, ERR_INTERNAL, "'%s' ended with status %d", buf_str(&line), WEXITSTATUS(status));
    return err_set(e, ERR_INTERNAL, "'%s' could not be run", buf_str(&line));
}

int install_call(const char *const *argv, struct err *e)
{
    pid_t pid;
    int status = 127 << 8;
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, STDERR_FILENO,
                                     STDOUT_FILENO); /* standard output is ours alone: it may be JSON */
    int rc = posix_spawnp(&pid, argv[0], &actions, NULL, (char *const *)argv, environ);
    posix_spawn_file_actions_destroy(&actions);
    while (rc == 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    return rc == 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : explain(argv, status, e);
}

bool install_booted(const struct install *i)
{
    struct stat st;
    return !*i->root && stat("/run/systemd/system", &st) == 0 && S_ISDIR(st.st_mode);
}

/* In the passwd of that root: the names that this process knows may be those of another system. */
static bool find_user(struct install *i)
{
    mem_auto char *path = install_path(i, "/etc/passwd");
    FILE *f = fopen(path, "re");
    bool found = false;
    for (const struct passwd *p; f && !found && (p = fgetpwent(f));) {
        found = !strcmp(p->pw_name, INSTALL_USER);
        if (found) {
            i->uid = p->pw_uid;
            i->gid = p->pw_gid;
        }
    }
    if (f)
        fclose(f);
    return found;
}

static bool find_group(const struct install *i)
{
    mem_auto char *path = install_path(i, "/etc/group");
    FILE *f = fopen(path, "re");
    bool found = false;
    for (const struct group *g; f && !found && (g = fgetgrent(f));)
        found = !strcmp(g->gr_name, INSTALL_USER);
    if (f)
        fclose(f);
    return found;
}

/* systemd's own way first, as it works on a root elsewhere; then that of the distributions. */
static int make_user(const struct install *i, struct err *e)
{
    mem_auto char *root = mem_printf("--root=%s", *i->root ? i->root : "/");
    const char *const sysusers[] = { "systemd-sysusers", root, "edgecron.conf", NULL };
    const char *const useradd[] = { "useradd",           "--prefix",     *i->root ? i->root : "/",
                                    "--system",          "--user-group", "--no-create-home",
                                    "--home-dir",        i->data,        "--shell",
                                    "/usr/sbin/nologin", INSTALL_USER,   NULL };
    return install_call(sysusers, e) < 0 ? install_call(useradd, e) : 0;
}

int install_user(struct install *i, enum install_change *ret, struct err *e)
{
    enum install_change written;
    mem_auto char *line = mem_printf(USER_LINE, i->data);
    *ret = find_user(i) ? INSTALL_UNCHANGED : INSTALL_CREATED;
    int r = install_write(i, INSTALL_USER_FILE, line, &written, e);
    if (r < 0 || *ret == INSTALL_UNCHANGED)
        return r;
    r = make_user(i, e);
    if (r == 0 && find_user(i))
        return 0;
    return r < 0
               ? err_wrap(e, "the user '" INSTALL_USER "' cannot be made; make it by hand, and run this again")
               : err_set(e, ERR_INTERNAL, "the user '" INSTALL_USER "' was made and is not in %s/etc/passwd", i->root);
}

bool install_user_ours(const struct install *i)
{
    buf_auto struct buf line = BUF_INIT(INSTALL_TEXT_MAX);
    return install_read(i, INSTALL_USER_FILE, &line) == 0 &&
           !strncmp(buf_str(&line), USER_LINE, strcspn(USER_LINE, "\n"));
}

int install_user_remove(struct install *i, struct err *e)
{
    const char *const userdel[] = { "userdel", "--prefix", *i->root ? i->root : "/", INSTALL_USER, NULL };
    if (!find_user(i))
        return 0;
    const char *const groupdel[] = { "groupdel", "--prefix", *i->root ? i->root : "/", INSTALL_USER, NULL };
    int r = install_call(userdel, e);
    if (r < 0 && find_user(i))
        return r;
    if (find_group(i)) /* most of the time it went along */
        install_call(groupdel, NULL);
    install_note(i, "user " INSTALL_USER, INSTALL_REMOVED);
    return 0;
}
