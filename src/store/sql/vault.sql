-- name: vault_key_get
SELECT data_key, number FROM vault WHERE id = 1;

-- name: vault_key_put
INSERT INTO vault (id, data_key, number) VALUES (1, :data_key, :number)
ON CONFLICT (id) DO UPDATE SET data_key = excluded.data_key, number = excluded.number;
