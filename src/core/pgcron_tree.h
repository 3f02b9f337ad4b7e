/* pgcron_tree.h - expressions, queries and statements of SQL and PL/pgSQL as trees. Part of pgcron.h.
 *
 * Only what the import follows has a form of its own. Nesting is at most PGCRON_NEST_MAX; what is nested deeper, or written in a way that the
 * parser does not know, has no tree, and whoever wanted one says so. Everything lives in the parser's arena. */
#ifndef EDGECRON_CORE_PGCRON_TREE_H
#define EDGECRON_CORE_PGCRON_TREE_H

#include "core/pgcron_lex.h"

#define PGCRON_NEST_MAX 100    /* expressions and queries within each other, as written */
#define PGCRON_HEIGHT_MAX 1000 /* levels of a tree: a || b || c ... has as many as operators */

enum pgcron_node_kind {
    PGCRON_NODE_STRING, /* text; line: where its text begins */
    PGCRON_NODE_NUMBER, /* text */
    PGCRON_NODE_TRUE,
    PGCRON_NODE_FALSE,
    PGCRON_NODE_NULL,
    PGCRON_NODE_NAME,  /* text; owner: what stood before the dot */
    PGCRON_NODE_PARAM, /* text: the number */
    PGCRON_NODE_STAR,
    PGCRON_NODE_CALL,   /* text: function; owner: schema; kid: arguments; name: of each, or NULL */
    PGCRON_NODE_CAST,   /* text: type; kid[0] */
    PGCRON_NODE_BINARY, /* text: operator, kid[0], kid[1] */
    PGCRON_NODE_UNARY,  /* text: operator, kid[0] */
    PGCRON_NODE_IS,     /* text: "null", "true", "false", "distinct", with kid[1]; `not` */
    PGCRON_NODE_IN,     /* kid[0] in kid[1...] or query; `not` */
    PGCRON_NODE_EXISTS, /* query */
    PGCRON_NODE_QUERY,  /* query: one value */
    PGCRON_NODE_CASE,   /* kid: [operand or NULL], when, then, ..., [else or NULL] */
    PGCRON_NODE_ARRAY,  /* kid: items; or query */
    PGCRON_NODE_ROW,    /* kid: items */
    PGCRON_NODE_OTHER   /* known to be SQL, but not followed; text: what it is */
};

struct pgcron_node {
    enum pgcron_node_kind kind;
    int line;
    bool not ;
    int height; /* levels below it, and itself */
    const char *text, *owner;
    struct pgcron_node **kid;
    const char **name;
    size_t n;
    struct pgcron_query *query;
};

enum pgcron_source_kind { PGCRON_SOURCE_TABLE, PGCRON_SOURCE_CALL, PGCRON_SOURCE_QUERY };

struct pgcron_source { /* of FROM */
    enum pgcron_source_kind kind;
    const char *owner, *name;  /* of a table */
    const char *alias;         /* or NULL */
    const char *const *column; /* of "AS alias(column, ...)" */
    size_t n_columns;
    struct pgcron_node *call;
    struct pgcron_query *query;
    struct pgcron_source *next;
};

struct pgcron_item {         /* of a select list, SET, WITH, RETURNING */
    const char *name, *type; /* type: of a declaration */
    struct pgcron_node *value;
    struct pgcron_statement *statement; /* of WITH */
    struct pgcron_item *next;
};

struct pgcron_query {
    int line;
    struct pgcron_item *with, *items;
    struct pgcron_node **into; /* names */
    size_t n_into;
    struct pgcron_source *from;
    struct pgcron_node *where;
    struct pgcron_node **values; /* of VALUES: rows; then no items */
    size_t n_values;
    bool grouped;              /* GROUP BY, HAVING, DISTINCT: not followed */
    bool single;               /* LIMIT 1 */
    struct pgcron_query *next; /* of UNION ALL and its like */
};

enum pgcron_statement_kind {
    PGCRON_SQL_QUERY,  /* SELECT, VALUES, PERFORM, WITH ... SELECT */
    PGCRON_SQL_WRITE,  /* INSERT, UPDATE, DELETE: verb, owner, table, ... */
    PGCRON_SQL_DO,     /* text */
    PGCRON_SQL_CALL,   /* value: a call */
    PGCRON_SQL_OTHER,  /* known, and of no concern */
    PGCRON_PL_ASSIGN,  /* target := value */
    PGCRON_PL_IF,      /* value, body; orelse */
    PGCRON_PL_LOOP,    /* target in value, value to args[0], or query; body */
    PGCRON_PL_BLOCK,   /* with = declarations; body */
    PGCRON_PL_RETURN,  /* value or NULL */
    PGCRON_PL_RAISE,   /* text: level */
    PGCRON_PL_EXECUTE, /* value; into; args of USING */
    PGCRON_PL_EXIT,
    PGCRON_SQL_BROKEN /* not understood: text, what was met */
};

struct pgcron_statement {
    enum pgcron_statement_kind kind;
    int line, text_line;
    const char *text;         /* verb, body, level */
    const char *owner, *name; /* a table */
    struct pgcron_query *query;
    struct pgcron_query *with; /* in front of a write: a query of nothing but that */
    struct pgcron_node *target, *value;
    struct pgcron_node **args;
    size_t n_args;
    struct pgcron_item *set; /* of UPDATE; columns of INSERT; declarations */
    struct pgcron_node **into;
    size_t n_into;
    const char **called; /* names of functions that it calls, without schema; NULL at its end */
    struct pgcron_statement *body, *orelse, *next;
};

struct pgcron_parser {
    const struct pgcron_token *token;
    size_t at, n;
    struct arena *arena;
    int depth;
    bool failed;      /* then `what` and `line` say why */
    const char *what; /* never a text of the SQL's own but a key word or operator */
    int line;
};

/* NULL, and p->failed, when it cannot be read. Reads as far as the expression goes. */
struct pgcron_node *pgcron_parse_expression(struct pgcron_parser *p);
struct pgcron_node *pgcron_parse_primary(struct pgcron_parser *p); /* of it, what no operator takes apart */
struct pgcron_query *pgcron_parse_query(struct pgcron_parser *p);
/* A statement of SQL that stands alone, up to the end of the words. Never NULL: what cannot be read is PGCRON_SQL_BROKEN. */
struct pgcron_statement *pgcron_parse_statement(struct pgcron_parser *p);
/* A body of PL/pgSQL: [DECLARE ...] BEGIN ... END. Never NULL, as above. */
struct pgcron_statement *pgcron_parse_body(struct pgcron_parser *p);

/* Whole texts. `line`: of its first byte. The tree lives in the arena. A script of SQL is a block of its statements. */
struct pgcron_statement *pgcron_tree_plpgsql(struct arena *a, const char *text, int line);
struct pgcron_statement *pgcron_tree_sql(struct arena *a, const char *text, int line);
struct pgcron_node *pgcron_tree_expression(struct arena *a, const char *text, int line); /* NULL: it cannot be read */

/* For the parser's own files. */
struct pgcron_query *pgcron_parse_query_after(struct pgcron_parser *p,
                                              struct pgcron_query *with); /* where WITH was read into `with` */
void pgcron_parse_with(struct pgcron_parser *p,
                       struct pgcron_query *q); /* what follows WITH, up to the statement itself */
struct pgcron_statement *
pgcron_parse_inner(struct pgcron_parser *p); /* a statement of SQL within others; NULL: p->failed */
void pgcron_parse_select_rest(struct pgcron_parser *p, struct pgcron_query *q); /* what follows SELECT or PERFORM */
void pgcron_parse_into(struct pgcron_parser *p, struct pgcron_query *q);        /* what follows INTO */
const char **pgcron_called_names(struct pgcron_parser *p, size_t from); /* those in front of '(', from there to p->at */
const struct pgcron_token *pgcron_peek(const struct pgcron_parser *p, size_t ahead);
bool pgcron_at(const struct pgcron_parser *p, const char *word);
bool pgcron_take(struct pgcron_parser *p, const char *word); /* when it is next */
bool pgcron_expect(struct pgcron_parser *p, const char *word);
void *pgcron_fail(struct pgcron_parser *p, const char *what); /* NULL */
const char *pgcron_take_name(struct pgcron_parser *p);        /* an identifier, or fails */
void pgcron_take_dotted(struct pgcron_parser *p, const char **ret_owner, const char **ret_name);
const char *pgcron_take_type(struct pgcron_parser *p);
/* Goes on to the first of `words` (ended by NULL) that stands outside of parentheses, or the end. */
void pgcron_skip_to(struct pgcron_parser *p, const char *const *words);
struct pgcron_node *pgcron_node_new(struct pgcron_parser *p, enum pgcron_node_kind kind, const char *text);
void pgcron_node_add(struct pgcron_parser *p, struct pgcron_node *to, const char *name, struct pgcron_node *kid);
bool pgcron_begins_query(const struct pgcron_parser *p);

#endif
