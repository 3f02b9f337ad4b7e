-- name: audit_insert
INSERT INTO audit (id, at, actor, address, action, resource, detail)
VALUES (:id, :at, :actor, :address, :action, :resource, :detail);

-- name: audit_list
SELECT id, at, actor, address, action, resource, detail FROM audit
WHERE id >= :least AND id < :below ORDER BY id DESC LIMIT :limit;

-- name: audit_prune
DELETE FROM audit WHERE id IN (SELECT id FROM audit WHERE id < :below ORDER BY id LIMIT :limit);
