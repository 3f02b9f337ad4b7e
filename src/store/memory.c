#include "store/memory.h"

#include "base/block.h"
#include "base/mem.h"
#include "store/fault_vfs.h"

#include <pthread.h>
#include <sqlite3.h>

/* Without memory the process ends, as everywhere (mem.h). SQLite would report it, but then a value that could not be bound is null, and
 * so is a text that could not be read: rather nothing than something wrong. */
static void *memory_take(int size)
{
    void *p = block_take(size > 0 ? (size_t)size : 0);
    if (!p)
        mem_die();
    return p;
}

static void *memory_resize(void *p, int size)
{
    void *q = block_resize(p, size > 0 ? (size_t)size : 0);
    if (!q)
        mem_die();
    return q;
}

static int memory_size(void *p)
{
    return (int)block_size(p);
}

static int memory_round(int size)
{
    return (int)block_round(size > 0 ? (size_t)size : 0);
}

static int memory_init(void *arg)
{
    (void)arg;
    return SQLITE_OK;
}

static void memory_shutdown(void *arg)
{
    (void)arg;
    block_drop_cache();
}

static void configure(void)
{
    static const sqlite3_mem_methods METHODS = {
        memory_take, block_give, memory_resize, memory_size, memory_round, memory_init, memory_shutdown, NULL,
    };
    sqlite3_config(SQLITE_CONFIG_MALLOC, &METHODS);
    sqlite3_initialize();
#ifdef EDGECRON_TEST_HOOKS
    fault_vfs_register();
#endif
}

void memory_setup(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, configure);
}
