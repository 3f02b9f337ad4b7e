/* failures.h - which errors an operation may answer, and what each means: said by the OpenAPI document and by 'edgecron help api', and held against the
 * server by the contract tests. Any thread. */
#ifndef EDGECRON_API_FAILURES_H
#define EDGECRON_API_FAILURES_H

#include "api/route.h"

/* Set of ROUTE_FAILS(code): by who may call it, its method, its traits, its path, and what its row adds. */
uint32_t failures_of(const struct route *r);
/* One sentence for people: what it means, and what to do. */
const char *failure_meaning(enum err_code code);

#endif
