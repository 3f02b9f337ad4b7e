/* pgcron_control.c - IF, CASE and loops of PL/pgSQL (chapter 41.6). */
#include "core/pgcron_plpgsql.h"

/* IF c THEN ... and what follows at ELSIF, which is an IF in the other branch. */
void pgcron_parse_if(struct pgcron_parser *p, struct pgcron_statement *s)
{
    for (;;) {
        s->kind = PGCRON_PL_IF;
        s->value = pgcron_value_before(p, "then");
        if (!pgcron_expect(p, "then"))
            return;
        s->body = pgcron_parse_list(p);
        if (!pgcron_take(p, "elsif") && !pgcron_take(p, "elseif"))
            break;
        s->orelse = pgcron_statement_new(p, PGCRON_PL_IF);
        s = s->orelse;
    }
    if (pgcron_take(p, "else"))
        s->orelse = pgcron_parse_list(p);
    if (pgcron_expect(p, "end"))
        pgcron_expect(p, "if");
}

static struct pgcron_node *case_condition(struct pgcron_parser *p, struct pgcron_node *operand)
{
    struct pgcron_node *value = pgcron_parse_expression(p), *in;
    if (!operand || p->failed)
        return value;
    in = pgcron_node_new(p, PGCRON_NODE_IN, NULL);
    pgcron_node_add(p, in, NULL, operand);
    pgcron_node_add(p, in, NULL, value);
    while (!p->failed && pgcron_take(p, ","))
        pgcron_node_add(p, in, NULL, pgcron_parse_expression(p));
    return in;
}

/* CASE [x] WHEN ... THEN ...: a chain of IF. */
void pgcron_parse_case(struct pgcron_parser *p, struct pgcron_statement *s)
{
    struct pgcron_node *operand = pgcron_at(p, "when") ? NULL : pgcron_parse_expression(p);
    while (!p->failed && pgcron_take(p, "when")) {
        s->kind = PGCRON_PL_IF;
        s->value = case_condition(p, operand);
        if (!pgcron_expect(p, "then"))
            return;
        s->body = pgcron_parse_list(p);
        if (!pgcron_at(p, "when"))
            break;
        s->orelse = pgcron_statement_new(p, PGCRON_PL_IF);
        s = s->orelse;
    }
    if (pgcron_take(p, "else"))
        s->orelse = pgcron_parse_list(p);
    if (pgcron_expect(p, "end"))
        pgcron_expect(p, "case");
}

void pgcron_parse_loop(struct pgcron_parser *p, struct pgcron_statement *s)
{
    s->kind = PGCRON_PL_LOOP;
    if (!pgcron_expect(p, "loop"))
        return;
    s->body = pgcron_parse_list(p);
    if (!pgcron_expect(p, "end") || !pgcron_expect(p, "loop"))
        return;
    if (pgcron_token_names(pgcron_peek(p, 0)))
        p->at++;
}

void pgcron_parse_while(struct pgcron_parser *p, struct pgcron_statement *s)
{
    pgcron_value_before(p, "loop");
    pgcron_parse_loop(p, s);
}

/* FOR x IN query | a..b | EXECUTE ... LOOP */
void pgcron_parse_for(struct pgcron_parser *p, struct pgcron_statement *s)
{
    static const char *const loop[] = { "loop", NULL };
    s->target = pgcron_node_new(p, PGCRON_NODE_NAME, NULL);
    pgcron_take_dotted(p, &s->target->owner, &s->target->text);
    pgcron_skip_to(p, (const char *const[]){ "in", NULL });
    if (!pgcron_expect(p, "in"))
        return;
    pgcron_take(p, "reverse");
    if (pgcron_begins_query(p)) {
        s->query = pgcron_parse_query(p);
    } else if (!pgcron_at(p, "execute")) {
        s->value = pgcron_parse_expression(p);
        if (pgcron_take(p, "..")) {
            s->args = arena_alloc(p->arena, sizeof *s->args);
            s->args[0] = pgcron_parse_expression(p);
            s->n_args = 1;
        }
    }
    if (p->failed) { /* over what, is not known; the body is read */
        p->failed = false;
        s->query = NULL;
        s->value = NULL;
    }
    pgcron_skip_to(p, loop);
    pgcron_parse_loop(p, s);
}

void pgcron_parse_foreach(struct pgcron_parser *p, struct pgcron_statement *s)
{
    s->target = pgcron_node_new(p, PGCRON_NODE_NAME, NULL);
    pgcron_take_dotted(p, &s->target->owner, &s->target->text);
    if (pgcron_expect(p, "in") && pgcron_expect(p, "array"))
        s->value = pgcron_value_before(p, "loop");
    pgcron_parse_loop(p, s);
}
