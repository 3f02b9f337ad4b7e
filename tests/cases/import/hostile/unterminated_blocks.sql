create function f() returns void language plpgsql as $$ begin if true then loop perform net.http_get('https://h.net/a'); $$;
select cron.schedule('a', '0 7 * * *', 'select f()');
