/* file.h - what is read whole. The buffer's maximum is the file's; nothing is copied on the way, so that a secret leaves
 * no traces. Any thread. */
#ifndef EDGECRON_BASE_FILE_H
#define EDGECRON_BASE_FILE_H

#include "base/buf.h"

/* Adds all that fd gives until its end. 0, or -1 with errno: EFBIG when it does not fit. */
int file_drain(int fd, struct buf *out);

/* The same for a regular file: all else (a FIFO would hold us up) is -1 with EISDIR or EINVAL. */
int file_read(const char *path, struct buf *out);

#endif
