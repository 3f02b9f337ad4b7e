#include "cli/scratch.h"

#include "base/mem.h"

#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

char *scratch_make(const char *prefix, struct err *e)
{
    const char *tmp = getenv("TMPDIR");
    char *dir = mem_printf("%s/%s-XXXXXX", tmp && *tmp ? tmp : "/tmp", prefix);
    if (mkdtemp(dir))
        return dir;
    err_set(e, ERR_IO, "cannot make a temporary directory '%s': %s (TMPDIR says where)", dir, strerror(errno));
    mem_free(dir);
    return NULL;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *at)
{
    (void)st;
    (void)at;
    return type == FTW_DP ? rmdir(path) : unlink(path); /* remove(3) tries unlink on a folder, which may be forbidden */
}

void scratch_remove(const char *dir)
{
    nftw(dir, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}
