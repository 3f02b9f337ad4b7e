-- Values that must be nowhere in what is printed.
select vault.create_secret('LEAK-vault-0123456789abcdef', 'vault_key');
select vault.update_secret((select id from vault.secrets where name = 'vault_key'), 'LEAK-vault2-0123456789abcdef');
alter database postgres set app.settings.key = 'LEAK-setting-0123456789abcdef';
alter system set app.other_key to 'LEAK-system-0123456789abcdef';
set app.third_key = 'LEAK-session-0123456789abcdef';
create function k() returns text language sql as $$ select 'LEAK-function-0123456789abcdef' $$;
create function k2() returns text language plpgsql as $$ declare v text := 'LEAK-declared-0123456789abcdef'; begin return v; end $$;
select cron.schedule('a', '0 7 * * *', $$select net.http_post(url := 'https://h.net/a', headers := jsonb_build_object('Authorization', 'Bearer LEAK-pasted-0123456789abcdef'))$$);
select cron.schedule('b', '0 7 * * *', $$select net.http_post(url := 'https://h.net/a', headers := jsonb_build_object('X-Internal-Key', k(), 'X-Api-Key', k2()))$$);
select cron.schedule('c', '0 7 * * *', $$select net.http_post(url := 'https://h.net/a', headers := jsonb_build_object('Authorization', 'Bearer ' || current_setting('app.settings.key'), 'X-Other-Key', current_setting('app.other_key'), 'X-Third-Key', current_setting('app.third_key')))$$);
select cron.schedule('d', '0 7 * * *', $$select net.http_post(url := 'https://h.net/a', headers := jsonb_build_object('Authorization', 'Bearer ' || (select decrypted_secret from vault.decrypted_secrets where name = 'vault_key')))$$);
select cron.schedule('e', '0 7 * * *', $$select net.http_post(url := 'https://me:LEAK-userinfo-0123456789abcdef@h.net/a')$$);
select cron.schedule('f', '0 7 * * *', $$select frobnicate('LEAK-unknown-0123456789abcdef'), net.http_post(url := 'https://h.net/a', headers := jsonb_build_object('Authorization', 'Basic TEVBSzpMRUFLLWJhc2ljLTAxMjM0NTY3ODlhYmNkZWY='))$$);
select cron.schedule('g', '0 7 L * *', $$select net.http_post(url := 'https://h.net/a', headers := '{"apikey": "LEAK-refused-0123456789abcdef"}'::jsonb)$$);
select cron.schedule('h', '0 7 * * *', $$vacuum; -- LEAK-comment-0123456789abcdef
$$);
