/* spare.h - inside src/store alone: a file of SPARE_BYTES beside the database that is given up when the disk is full. */
#ifndef EDGECRON_STORE_SPARE_H
#define EDGECRON_STORE_SPARE_H

#include <stdbool.h>

/* Makes it when it is not there, and there is plenty of room (four times its size). */
void spare_make(const char *dir);
bool spare_give_up(const char *dir); /* false: there was none */

#endif
