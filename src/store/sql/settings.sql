-- The columns are in the order of enum setting.
-- name: settings_get
SELECT paused, retention_days, retention_failed_days, retention_bodies_days, retention_runs, backup_keep, backup_schedule
FROM settings WHERE id = 1;

-- name: settings_revision
SELECT revision FROM settings WHERE id = 1;

-- name: settings_put
UPDATE settings SET paused = :paused, retention_days = :retention_days, retention_failed_days = :retention_failed_days,
    retention_bodies_days = :retention_bodies_days, retention_runs = :retention_runs, backup_keep = :backup_keep,
    backup_schedule = :backup_schedule, revision = revision + 1
WHERE id = 1 AND (paused <> :paused OR retention_days <> :retention_days OR
    retention_failed_days <> :retention_failed_days OR retention_bodies_days <> :retention_bodies_days OR
    retention_runs <> :retention_runs OR backup_schedule IS NOT :backup_schedule OR
    backup_keep <> :backup_keep);
