select cron.schedule('split', '0 7 * * *', $$select net.http_post(url := 'https://h.net/a', headers := jsonb_build_object(E'X-A: 1\r\nX-B', E'1\r\nSet-Cookie: x'))$$);
select cron.schedule('own', '0 7 * * *', $$select net.http_post(url := 'https://h.net/a', headers := '{"Host": "other", "Transfer-Encoding": "chunked", "Idempotency-Key": "1", "X-Edgecron-Run": "2"}'::jsonb)$$);
select cron.schedule('url', '0 7 * * *', $$select net.http_post(url := E'https://h.net/a HTTP/1.1\r\nHost: other\r\n\r\n')$$);
select cron.schedule('file', '0 7 * * *', $$select net.http_post(url := 'file:///etc/passwd')$$);
select cron.schedule('metadata', '0 7 * * *', $$select net.http_post(url := 'http://169.254.169.254/latest/meta-data/')$$);
select cron.schedule('octal', '0 7 * * *', $$select net.http_post(url := 'http://0177.0.0.1/')$$);
select cron.schedule('user', '0 7 * * *', $$select net.http_post(url := 'https://h.net@other.net/')$$);
select cron.schedule('braces', '0 7 * * *', $$select net.http_post(url := 'https://h.net/a', body := '{"{{secret.X}}": "{{secret.X}} {{ {{now}} }} {{unclosed"}'::jsonb)$$);
