-- The write that each heartbeat waits for (engine/heartbeat.h).

-- name: heartbeat_put
UPDATE planner SET heartbeat_at = :at WHERE id = 1;
