/* pgcron_plpgsql.h - the parts of PL/pgSQL's parser that others of them stand on. Part of pgcron.h. */
#ifndef EDGECRON_CORE_PGCRON_PLPGSQL_H
#define EDGECRON_CORE_PGCRON_PLPGSQL_H

#include "core/pgcron_tree.h"

struct pgcron_statement *pgcron_statement_new(struct pgcron_parser *p, enum pgcron_statement_kind kind);
struct pgcron_statement *pgcron_parse_list(struct pgcron_parser *p); /* statements, up to END, ELSE and their like */
/* An expression in front of `word`. One that cannot be read is of unknown value, and what follows is read. */
struct pgcron_node *pgcron_value_before(struct pgcron_parser *p, const char *word);

/* Each reads what follows its word (of loops: from LOOP on) into `s`, up to its END. */
void pgcron_parse_if(struct pgcron_parser *p, struct pgcron_statement *s);
void pgcron_parse_case(struct pgcron_parser *p, struct pgcron_statement *s);
void pgcron_parse_loop(struct pgcron_parser *p, struct pgcron_statement *s);
void pgcron_parse_while(struct pgcron_parser *p, struct pgcron_statement *s);
void pgcron_parse_for(struct pgcron_parser *p, struct pgcron_statement *s);
void pgcron_parse_foreach(struct pgcron_parser *p, struct pgcron_statement *s);

#endif
