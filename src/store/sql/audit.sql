-- name: audit_insert
INSERT INTO audit (id, at, actor, address, action, resource, detail)
VALUES (:id, :at, :actor, :address, :action, :resource, :detail);

-- All four take the same parameters in the same order; each has the index of its name.
-- name: audit_list
SELECT id, at, actor, address, action, resource, detail FROM audit
WHERE id >= :least AND id < :below AND (:resource IS NULL OR resource = :resource)
    AND (:actor IS NULL OR actor = :actor) AND (:action IS NULL OR action = :action)
ORDER BY id DESC LIMIT :limit;

-- name: audit_list_resource
SELECT id, at, actor, address, action, resource, detail FROM audit INDEXED BY audit_by_resource
WHERE id >= :least AND id < :below AND resource = :resource
    AND (:actor IS NULL OR actor = :actor) AND (:action IS NULL OR action = :action)
ORDER BY id DESC LIMIT :limit;

-- name: audit_list_actor
SELECT id, at, actor, address, action, resource, detail FROM audit INDEXED BY audit_by_actor
WHERE id >= :least AND id < :below AND (:resource IS NULL OR resource = :resource) AND actor = :actor
    AND (:action IS NULL OR action = :action)
ORDER BY id DESC LIMIT :limit;

-- name: audit_list_action
SELECT id, at, actor, address, action, resource, detail FROM audit INDEXED BY audit_by_action
WHERE id >= :least AND id < :below AND (:resource IS NULL OR resource = :resource)
    AND (:actor IS NULL OR actor = :actor) AND action = :action
ORDER BY id DESC LIMIT :limit;

-- name: audit_prune
DELETE FROM audit WHERE id IN (SELECT id FROM audit WHERE id < :below ORDER BY id LIMIT :limit);
