-- name: settings_get
SELECT paused, retention_days FROM settings WHERE id = 1;

-- name: settings_revision
SELECT revision FROM settings WHERE id = 1;

-- name: settings_put
UPDATE settings SET paused = :paused, retention_days = :retention_days, revision = revision + 1
WHERE id = 1 AND (paused <> :paused OR retention_days <> :retention_days);
