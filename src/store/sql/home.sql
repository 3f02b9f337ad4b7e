-- Where the store is at home, and whether it is held (home.h).

-- name: home_get
SELECT inode, born_ns, machine, hardware, path, copied_at FROM home WHERE id = 1;

-- name: home_put
UPDATE home SET inode = :inode, born_ns = :born_ns, machine = :machine, hardware = :hardware, path = :path, copied_at = NULL
WHERE id = 1;

-- name: home_hold_get
SELECT hold, hold_of FROM home WHERE id = 1;

-- name: home_hold_put
UPDATE home SET hold = :hold, hold_of = coalesce(:hold_of, hold_of) WHERE id = 1;

-- name: home_hold_end
UPDATE home SET hold = NULL, hold_of = NULL WHERE id = 1 AND hold IS NOT NULL;
