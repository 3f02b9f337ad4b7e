-- name: settings_get
SELECT paused, retention_days, backup_schedule, backup_keep FROM settings WHERE id = 1;

-- name: settings_revision
SELECT revision FROM settings WHERE id = 1;

-- name: settings_put
UPDATE settings SET paused = :paused, retention_days = :retention_days, backup_schedule = :backup_schedule,
    backup_keep = :backup_keep, revision = revision + 1
WHERE id = 1 AND (paused <> :paused OR retention_days <> :retention_days OR backup_schedule IS NOT :backup_schedule OR
    backup_keep <> :backup_keep);
