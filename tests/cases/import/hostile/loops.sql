do $$
begin
  for i in 1..1000000000 loop
    perform cron.schedule('job-' || i, '0 7 * * *', 'select net.http_get(''https://h.net/a'')');
  end loop;
end $$;
create function f() returns void language plpgsql as $$
begin
  loop
    perform net.http_get('https://h.net/a');
  end loop;
  while true loop
    for r in select * from generate_series(1, 1000000000) loop perform net.http_get('https://h.net/b'); end loop;
  end loop;
end $$;
select cron.schedule('f', '0 7 * * *', 'select f()');
