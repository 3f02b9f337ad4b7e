-- Transactions. Parameters of all queries are bound in the order in which they first appear.

-- name: store_begin
BEGIN IMMEDIATE;

-- name: store_begin_read
BEGIN;

-- name: store_commit
COMMIT;

-- name: store_rollback
ROLLBACK;

-- name: store_savepoint
SAVEPOINT op;

-- name: store_rollback_to
ROLLBACK TO op;

-- name: store_release
RELEASE op;
