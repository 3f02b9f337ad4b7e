create function a() returns void language sql as $$ select b() $$;
create function b() returns void language sql as $$ select a(), net.http_get('https://h.net/a') $$;
create function c(n int default 1) returns text language sql as $$ select c(n + 1) || c(n + 2) || c(n + 3) $$;
create view v as select * from v;
select cron.schedule('a', '0 7 * * *', 'select a()');
select cron.schedule('c', '0 7 * * *', 'select net.http_post(url := c())');
select cron.schedule('s', '0 7 * * *', $$select cron.schedule('t', '0 7 * * *', $x$select cron.schedule('u', '0 7 * * *', 'select 1')$x$)$$);
