/* small_server.h - an HTTP server on loopback for tests of the engine: a thread a connection, one request a connection.
 *
 *   /ok /echo /401 /500          answer so; /echo gives the whole request back in "request", and "sent": 3
 *   /slow-MS /slow-once-MS       answer after MS milliseconds (the second form: only the first time)
 *   /fail-twice                  500, 500, then 200 */
#ifndef SMALL_SERVER_H
#define SMALL_SERVER_H

void small_server_start(void);
void small_server_stop(void);
void small_server_reset(void); /* forgets what was counted */
int small_server_port(void);
int small_server_count(void);        /* requests seen */
int small_server_most_at_once(void); /* the most under way at one time */
const char *small_server_last(void); /* the last request, as received */

#endif
