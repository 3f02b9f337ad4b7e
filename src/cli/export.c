#include "base/mem.h"
#include "cli/data.h"
#include "cli/handlers.h"
#include "cli/output.h"
#include "store/jobs.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int write_all(int fd, const char *text)
{
    size_t left = strlen(text);
    while (left > 0) {
        ssize_t n = write(fd, text, left);
        if (n < 0 && errno != EINTR)
            return -1;
        if (n > 0) {
            text += n;
            left -= (size_t)n;
        }
    }
    return fsync(fd);
}

/* Beside it, then renamed: the file is the old one or the new one, whole. */
static int write_file(const char *path, const char *text, struct err *e)
{
    mem_auto char *beside = mem_printf("%s.XXXXXX", path);
    int fd = mkostemp(beside, O_CLOEXEC);
    if (fd < 0)
        return err_set(e, ERR_IO, "cannot write beside '%s': %s", path, strerror(errno));
    bool ok = write_all(fd, text) == 0 && rename(beside, path) == 0;
    int why = errno;
    close(fd);
    if (ok)
        return 0;
    unlink(beside);
    return err_set(e, ERR_IO, "cannot write '%s': %s", path, strerror(why));
}

int export_run(struct call *call, struct err *e)
{
    struct data d = { 0 };
    const char *path = call->n_words ? call->words[0] : "-";
    int r = data_open(&d, &call->config, STORE_READ, e);
    json_auto struct json *v = r < 0 ? NULL : export_document(d.store, e);
    data_close(&d);
    if (!v)
        return -(int)e->code;
    mem_auto char *text = json_print_pretty(v);
    return strcmp(path, "-") ? write_file(path, text, e) : output_text(text);
}
