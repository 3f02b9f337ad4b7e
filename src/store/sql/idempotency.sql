-- name: idempotency_get
SELECT fingerprint, status, fields, body, created_at FROM idempotency
WHERE key = :key AND asker = :asker AND path = :path AND created_at >= :since;

-- One that is too old is replaced.
-- name: idempotency_put
INSERT OR REPLACE INTO idempotency (key, asker, path, fingerprint, status, fields, body, created_at)
VALUES (:key, :asker, :path, :fingerprint, :status, :fields, :body, :created_at);

-- Of the first few: those from before, those from a clock that was ahead, and those beyond the number that is kept.
-- name: idempotency_prune
DELETE FROM idempotency WHERE id IN (SELECT id FROM idempotency WHERE id > 0 ORDER BY id LIMIT :limit)
    AND (created_at < :before OR created_at > :after OR id <= (SELECT max(id) FROM idempotency) - :most);
