-- The columns are in the order of enum setting.
-- name: settings_get
SELECT paused, retention_days, retention_failed_days, retention_bodies_days, retention_runs, backup_keep, alert_group_s,
    heartbeat_every_s, backup_schedule, heartbeat_url, page_url
FROM settings WHERE id = 1;

-- name: settings_revision
SELECT revision FROM settings WHERE id = 1;

-- name: settings_put
UPDATE settings SET paused = :paused, retention_days = :retention_days, retention_failed_days = :retention_failed_days,
    retention_bodies_days = :retention_bodies_days, retention_runs = :retention_runs, backup_keep = :backup_keep,
    alert_group_s = :alert_group_s, heartbeat_every_s = :heartbeat_every_s, backup_schedule = :backup_schedule,
    heartbeat_url = :heartbeat_url, page_url = :page_url, revision = revision + 1
WHERE id = 1 AND (paused <> :paused OR retention_days <> :retention_days OR
    retention_failed_days <> :retention_failed_days OR retention_bodies_days <> :retention_bodies_days OR
    retention_runs <> :retention_runs OR backup_keep <> :backup_keep OR alert_group_s <> :alert_group_s OR
    heartbeat_every_s <> :heartbeat_every_s OR backup_schedule IS NOT :backup_schedule OR
    heartbeat_url IS NOT :heartbeat_url OR page_url IS NOT :page_url);
