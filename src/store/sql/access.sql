-- name: admin_get
SELECT salt, hash, rounds, device_key, updated_at FROM admin WHERE id = 1;

-- name: admin_put
INSERT INTO admin (id, salt, hash, rounds, device_key, updated_at)
VALUES (1, :salt, :hash, :rounds, :device_key, :now)
ON CONFLICT (id) DO UPDATE SET salt = excluded.salt, hash = excluded.hash, rounds = excluded.rounds,
    device_key = excluded.device_key, updated_at = excluded.updated_at;

-- name: setup_get
SELECT hash, expires_at FROM setup WHERE id = 1;

-- name: setup_put
INSERT INTO setup (id, hash, expires_at) VALUES (1, :hash, :expires_at)
ON CONFLICT (id) DO UPDATE SET hash = excluded.hash, expires_at = excluded.expires_at;

-- name: setup_delete
DELETE FROM setup WHERE id = 1;

-- name: session_insert
INSERT INTO sessions (id, prefix, hash, created_at, last_seen_at, expires_at, address, user_agent)
VALUES (:id, :prefix, :hash, :now, :now, :expires_at, :address, :user_agent);

-- name: session_by_prefix
SELECT id, hash, created_at, last_seen_at, expires_at FROM sessions WHERE prefix = :prefix;

-- name: session_each
SELECT id, created_at, last_seen_at, expires_at, address, user_agent FROM sessions ORDER BY id DESC;

-- name: session_touch
UPDATE sessions SET last_seen_at = :minute WHERE id = :id AND last_seen_at < :minute;

-- name: session_delete
DELETE FROM sessions WHERE id = :id;

-- All but one; all when :id is null.
-- name: session_delete_others
DELETE FROM sessions WHERE id IS NOT :id;

-- name: session_delete_old
DELETE FROM sessions WHERE expires_at <= :now OR last_seen_at <= :idle;

-- name: session_delete_most
DELETE FROM sessions WHERE id IN (SELECT id FROM sessions ORDER BY id DESC LIMIT -1 OFFSET :keep);

-- name: session_count
SELECT count(*) FROM sessions;
