/* pgcron_invoke.c - texts and functions that are followed within others. */
#include "core/pgcron_run.h"

#include <string.h>

static bool enter(struct pgcron_run *r, int line)
{
    if (r->depth < PGCRON_DEPTH_MAX && pgcron_run_step(r)) {
        r->depth++;
        return true;
    }
    r->refused = true;
    if (r->spent)
        return false;
    pgcron_run_note(r, PGCRON_SKIPPED, line, "functions that call functions are followed %d deep, and no further",
                    PGCRON_DEPTH_MAX);
    return false;
}

void pgcron_follow_text(struct pgcron_run *r, struct pgcron_frame *f, const char *text, bool plpgsql, const char *file,
                        int line)
{
    const char *outer = r->file;
    if (!enter(r, line))
        return;
    r->file = file;
    r->bytes += PGCRON_TREE_COST * strlen(text);
    pgcron_follow(r, f, plpgsql ? pgcron_tree_plpgsql(r->arena, text, line) : pgcron_tree_sql(r->arena, text, line));
    if (plpgsql)
        r->returned = false;
    r->file = outer;
    r->depth--;
}

static const struct pgcron_value *preset(struct pgcron_run *r, const struct pgcron_param *param)
{
    r->bytes += PGCRON_TREE_COST * strlen(param->preset);
    const struct pgcron_node *n = pgcron_tree_expression(r->arena, param->preset, param->line);
    return n ? pgcron_evaluate(r, NULL, NULL, n) : pgcron_unknown(r, "an argument's default that cannot be read");
}

static void bind(struct pgcron_run *r, struct pgcron_frame *f, struct pgcron_function *fn, const struct pgcron_args *a)
{
    f->param = arena_alloc(r->arena, (fn->n_params + 1) * sizeof *f->param);
    f->n_params = fn->n_params;
    for (size_t i = 0; i < fn->n_params; i++) {
        const struct pgcron_value *v = pgcron_argument(a, fn->params[i].name ? fn->params[i].name : "", i);
        if (!v)
            v = fn->params[i].preset ? preset(r, &fn->params[i]) : pgcron_unknown(r, "an argument that is not given");
        f->param[i] = pgcron_cast(r, v, fn->params[i].type, fn->at.line);
        if (!fn->params[i].name)
            continue;
        struct pgcron_variable *variable = arena_alloc(r->arena, sizeof *variable);
        variable->name = fn->params[i].name;
        variable->type = fn->params[i].type;
        variable->value = f->param[i];
        variable->next = f->variables;
        f->variables = variable;
    }
}

const struct pgcron_value *pgcron_follow_function(struct pgcron_run *r, struct pgcron_function *fn,
                                                  const struct pgcron_value *const *args, const char *const *names,
                                                  size_t n)
{
    struct pgcron_args a = { .value = (const struct pgcron_value **)args, .name = names, .n = n };
    struct pgcron_frame frame = { 0 };
    const char *file = r->file;
    const struct pgcron_value *before = r->answer, *answer;
    if (fn->language == PGCRON_LANGUAGE_OTHER) {
        r->refused = true;
        if (r->job)
            pgcron_run_note(r, PGCRON_SKIPPED, fn->at.line,
                            "the function '%.80s' is written in a language that is not followed", fn->name);
        return pgcron_unknown(r, "what a function of another language gives");
    }
    if (!enter(r, fn->at.line))
        return pgcron_unknown(r, "what functions give that call each other too deep");
    bind(r, &frame, fn, &a);
    r->file = fn->at.file;
    r->answer = NULL;
    pgcron_follow(r, &frame, pgcron_function_tree(r->p, fn));
    answer = r->answer ? r->answer : pgcron_of_kind(r, PGCRON_NOTHING, "");
    r->answer = before;
    r->returned = false;
    r->left = PGCRON_STAYED;
    r->file = file;
    r->depth--;
    return answer;
}
