/* page.h - the files of the page, from the binary itself. */
#ifndef EDGECRON_API_PAGE_H
#define EDGECRON_API_PAGE_H

#include "api/reply.h"
#include "api/request.h"

bool page_serves(const char *path);
int page_answer(struct request *q, struct reply *p, struct err *e); /* 200, 304, ERR_METHOD, or ERR_NOT_ACCEPTABLE */

#endif
