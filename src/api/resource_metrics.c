#include "api/metrics.h"
#include "api/resource.h"

#define TEXT_MAX (32 * 1024 * 1024) /* bounds of series and of names keep it well below */

static const struct {
    const struct metrics_row *rows;
    const size_t *n;
} tables[] = {
    { metrics_server_table, &metrics_server_count },
    { metrics_runs_table, &metrics_runs_count },
    { metrics_requests_table, &metrics_requests_count },
};

static void write_table(struct metrics_text *t, const struct metrics_source *s, const struct metrics_row *rows,
                        size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (rows[i].needs_engine && !s->engine)
            continue;
        metrics_head(t, &rows[i].family);
        rows[i].write(t, s);
    }
}

/* Not the store's own checks of a moment ago, and not the engine's: what they are as the text is made. */
static void look(const struct request *q, struct metrics_source *s)
{
    struct engine *g = q->service->engine;
    *s = (struct metrics_source){ .engine = measured_take(g), .store = q->reader->store };
    health_look(g, &s->facts);
    health_judge(&s->facts, s->checks);
    metrics_process_read(&s->process);
}

int api_metrics(struct request *q, struct reply *p, struct err *e)
{
    struct metrics_source s;
    struct buf out = BUF_INIT(TEXT_MAX);
    struct metrics_text t = { .out = &out, .form = metrics_form_wanted(q->header(q->ctx, "Accept")) };
    if (!q->service->engine)
        return err_set(e, ERR_UNAVAILABLE, "the engine is not running");
    look(q, &s);
    for (size_t i = 0; i < MEM_COUNT(tables); i++)
        write_table(&t, &s, tables[i].rows, *tables[i].n);
    metrics_end(&t);
    measured_give(q->service->engine, s.engine);
    if (out.full) {
        buf_free(&out);
        return err_set(e, ERR_INTERNAL, "the metrics are over %d bytes", TEXT_MAX);
    }
    p->status = 200;
    p->content_type = metrics_content_type(t.form);
    p->len = out.len;
    p->data = p->text = buf_take(&out);
    reply_field(p, "Vary", "Accept");
    return 0;
}
