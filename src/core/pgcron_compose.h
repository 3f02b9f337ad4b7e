/* pgcron_compose.h - functions of PostgreSQL that make texts and JSON out of others, as those of the table in pgcron_builtin.c. Part of pgcron.h. */
#ifndef EDGECRON_CORE_PGCRON_COMPOSE_H
#define EDGECRON_CORE_PGCRON_COMPOSE_H

#include "core/pgcron_run.h"

const struct pgcron_value *pgcron_build_object(struct pgcron_run *r, const struct pgcron_args *a);
const struct pgcron_value *pgcron_object_of(struct pgcron_run *r, const struct pgcron_args *a); /* jsonb_object() */
const struct pgcron_value *pgcron_strip_nulls(struct pgcron_run *r, const struct pgcron_args *a);
const struct pgcron_value *pgcron_build_array(struct pgcron_run *r, const struct pgcron_args *a);
const struct pgcron_value *pgcron_to_json(struct pgcron_run *r, const struct pgcron_args *a);
const struct pgcron_value *pgcron_concat(struct pgcron_run *r, const struct pgcron_args *a);
const struct pgcron_value *pgcron_concat_ws(struct pgcron_run *r, const struct pgcron_args *a);
const struct pgcron_value *pgcron_format(struct pgcron_run *r, const struct pgcron_args *a);
const struct pgcron_value *pgcron_quote_literal(struct pgcron_run *r, const struct pgcron_args *a);
const struct pgcron_value *pgcron_quote_ident(struct pgcron_run *r, const struct pgcron_args *a);
const struct pgcron_value *pgcron_lower(struct pgcron_run *r, const struct pgcron_args *a);
const struct pgcron_value *pgcron_upper(struct pgcron_run *r, const struct pgcron_args *a);
const struct pgcron_value *pgcron_btrim(struct pgcron_run *r, const struct pgcron_args *a);
const struct pgcron_value *pgcron_rtrim(struct pgcron_run *r, const struct pgcron_args *a);
const struct pgcron_value *pgcron_ltrim(struct pgcron_run *r, const struct pgcron_args *a);
const struct pgcron_value *pgcron_replace(struct pgcron_run *r, const struct pgcron_args *a);

#endif
