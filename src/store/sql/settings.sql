-- name: settings_get
SELECT paused, retention_days FROM settings WHERE id = 1;

-- name: settings_put
UPDATE settings SET paused = :paused, retention_days = :retention_days WHERE id = 1;
