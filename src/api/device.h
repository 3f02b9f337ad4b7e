/* device.h - a browser that logged in before is known by a signed cookie, so that an attack from many addresses keeps out strangers and
 * not the owner (OWASP calls it a device cookie). It opens nothing. */
#ifndef EDGECRON_API_DEVICE_H
#define EDGECRON_API_DEVICE_H

#include "api/reply.h"
#include "api/request.h"
#include "core/throttle.h"
#include "store/admin.h"

/* Which place a try to log in counts for: the browser when it is known (true), else its address. */
bool device_place(const struct request *q, const struct admin_password *a, char place[THROTTLE_PLACE_SIZE]);
/* After a login: the browser is known from here on. */
void device_remember(const struct request *q, struct reply *p, const struct admin_password *a);

#endif
