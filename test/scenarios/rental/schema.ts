/**
 * A small car-rental database as the scenarios need it: tables people know, and beside them a schema of
 * traps, each of which removes payments when something looks at it the wrong way. Data only.
 */

/** What a rental company has. Every number of rows is fixed, so that a test can name it. */
export const RENTAL_SQL = `
create table tenants (
  id int primary key,
  name text not null unique,
  plan text not null default 'basic'
);
create table customers (
  id serial primary key,
  tenant_id int not null references tenants (id) on delete cascade,
  name text not null,
  email text unique,
  notes text,
  vip boolean not null default false,
  address jsonb not null default '{}',
  created_at timestamptz not null default '2025-01-01 00:00:00+00'
);
create type vehicle_status as enum ('free', 'rented', 'repair');
create table vehicles (
  id serial primary key,
  tenant_id int not null references tenants (id) on delete cascade,
  plate text not null unique,
  model text not null,
  daily_cents int not null check (daily_cents > 0),
  status vehicle_status not null default 'free',
  features text[] not null default '{}'
);
create table reservations (
  id bigserial primary key,
  customer_id int not null references customers (id) on delete cascade,
  vehicle_id int not null references vehicles (id),
  starts_on date not null,
  ends_on date not null,
  status text not null default 'open',
  notes text,
  constraint ends_after_start check (ends_on >= starts_on)
);
create index reservations_by_customer on reservations (customer_id);
create table payments (
  id bigserial primary key,
  reservation_id bigint not null references reservations (id) on delete cascade,
  cents int not null,
  paid_at timestamptz not null default '2025-06-01 00:00:00+00'
);
create table audit_trail (
  id bigserial primary key,
  at timestamptz not null default now(),
  what text not null,
  who text not null default current_user
);
create table telemetry (vehicle_id int not null, day date not null, km int not null)
  partition by range (day);
create table telemetry_2024 partition of telemetry for values from ('2024-01-01') to ('2025-01-01');
create table telemetry_2025 partition of telemetry for values from ('2025-01-01') to ('2026-01-01');
create table imported_reservations (id bigint primary key, status text not null default 'gone');
create table sessions (sid text primary key, data jsonb not null default '{}', expires timestamptz not null);
create table "Order" ("id" int primary key, "where" text, "delete from customers" text);

create function touch_trail() returns trigger language plpgsql as $$
begin
  insert into audit_trail (what) values (tg_op || ' on ' || tg_table_name);
  return null;
end $$;
create trigger reservations_trail after update or delete on reservations
  for each row execute function touch_trail();

create function price_of(days int, daily int) returns int language sql immutable
  as 'select days * daily';
create function full_name(c customers) returns text language sql stable
  as 'select c.name || coalesce('' <'' || c.email || ''>'', '''')';
create function reservations_of(customer int) returns setof reservations language sql stable
  as 'select * from reservations where customer_id = customer';

create view vip_customers as select id, tenant_id, name, email, notes from customers where vip;
create view open_reservations as
  select r.id, c.name as customer, v.plate, r.starts_on, r.ends_on
  from reservations r join customers c on c.id = r.customer_id join vehicles v on v.id = r.vehicle_id
  where r.status = 'open';
create materialized view revenue as
  select date_trunc('month', paid_at) as month, sum(cents) as cents from payments group by 1;

insert into tenants select g, 'tenant ' || g, 'basic' from generate_series(1, 4) g;
insert into customers (tenant_id, name, email, vip)
  select 1 + g % 4, 'customer ' || g, 'c' || g || '@example.org', g % 10 = 0 from generate_series(1, 100) g;
insert into vehicles (tenant_id, plate, model, daily_cents)
  select 1 + g % 4, 'AG-' || g, 'model ' || g % 5, 4000 + g from generate_series(1, 40) g;
insert into reservations (customer_id, vehicle_id, starts_on, ends_on, notes)
  select 1 + g % 100, 1 + g % 40, date '2025-01-01' + g, date '2025-01-03' + g, 'note ' || g
  from generate_series(1, 200) g;
insert into payments (reservation_id, cents) select g, 100 * g from generate_series(1, 200) g;
insert into telemetry select 1 + g % 40, date '2024-06-01' + g, g from generate_series(1, 400) g;
insert into imported_reservations select g from generate_series(1, 200) g;
insert into sessions values ('old', '{}', '2024-01-01'), ('new', '{}', '2099-01-01');
insert into "Order" values (1, 'here', 'no'), (2, 'there', 'no');
refresh materialized view revenue;
select lo_from_bytea(4242, 'a contract that somebody signed');
`;

/** Objects that remove payments when they are reached. `purge` is the one all others lead to. */
export const TRAPS_SQL = `
create schema traps;
create schema evil;
create schema archive;

create function traps.purge() returns int language plpgsql volatile as $$
begin delete from public.payments; return 1; end $$;
create function traps.purge_sql() returns bigint language sql volatile
  as 'with gone as (delete from public.payments returning 1) select count(*) from gone';
create function traps.purge_atomic() returns int language sql volatile
  begin atomic delete from public.payments; select 1; end;
create function traps.purge_stable() returns int language plpgsql stable as $$
begin return traps.purge(); end $$;
create function traps.purge_immutable() returns int language plpgsql immutable as $$
begin return traps.purge(); end $$;
create function traps.purge_deep(n int) returns int language sql volatile
  as 'select case when n > 0 then traps.purge_immutable() else 0 end';
create function traps.purge_dynamic() returns int language plpgsql volatile as $$
begin execute 'DEL' || 'ETE FROM public.payments'; return 1; end $$;
create function traps.run(statement text) returns int language plpgsql volatile as $$
begin execute statement; return 1; end $$;
create function traps.purge_rows() returns table (n int) language plpgsql volatile as $$
begin delete from public.payments; n := 1; return next; end $$;
create function traps.purge_default(n int default traps.purge()) returns int language sql immutable
  as 'select n';
create function traps.purge_variadic(variadic n int[]) returns int language plpgsql as $$
begin return traps.purge(); end $$;
create function traps.purge_if(n int) returns boolean language plpgsql volatile as $$
begin if n is not null then perform traps.purge(); end if; return true; end $$;
create function traps.purge_if_immutable(n int) returns boolean language plpgsql immutable as $$
begin return traps.purge_if(n); end $$;
create procedure traps.cleanup() language plpgsql as $$ begin delete from public.payments; end $$;
create procedure traps.cleanup_commit() language plpgsql as $$
begin delete from public.payments; commit; end $$;

create function traps.eat(state int, n int) returns int language plpgsql as $$
begin return traps.purge(); end $$;
create aggregate traps.hungry(int) (sfunc = traps.eat, stype = int, initcond = '0');
create function traps.finish(state int) returns int language plpgsql as $$
begin return traps.purge(); end $$;
create aggregate traps.hungry_end(int) (sfunc = int4pl, stype = int, initcond = '0', finalfunc = traps.finish);

create function traps.same(a int, b int) returns boolean language plpgsql as $$
begin perform traps.purge(); return a operator(pg_catalog.=) b; end $$;
create operator traps.=== (leftarg = int, rightarg = int, function = traps.same);
create operator public.=!= (leftarg = int, rightarg = int, function = traps.same);
create function traps.negate(a int) returns int language plpgsql as $$
begin perform traps.purge(); return -a; end $$;
create operator public.!@ (rightarg = int, function = traps.negate);

create domain traps.checked as int check (traps.purge_if(value));
create domain public.careful as int check (traps.purge_if(value));
create view traps.innocent as select 1 as id, traps.purge() as n;
create view public.dashboard as select id, n from traps.innocent;

create function evil.length(value text) returns int language plpgsql as $$
begin perform traps.purge(); return 0; end $$;
create function evil.lower(value text) returns text language plpgsql as $$
begin perform traps.purge(); return value; end $$;
create operator evil.= (leftarg = int, rightarg = int, function = traps.same);
create function public.burn(c customers) returns text language plpgsql as $$
begin perform traps.purge(); return c.name; end $$;
create function traps.remote() returns text language plpgsql as $$
begin return dblink_exec('elsewhere', 'DELETE FROM public.payments'); end $$;
create type traps.parcel as (weight traps.checked, note text);

create table inbox (id serial primary key, body text);
create rule inbox_also as on insert to inbox do also delete from payments;
create table drop_box (id serial primary key, body text);
create function traps.on_drop_box() returns trigger language plpgsql as $$
begin delete from public.payments; return new; end $$;
create trigger drop_box_before before insert on drop_box for each row execute function traps.on_drop_box();
create table late_box (id serial primary key, body text);
create function traps.on_late_box() returns trigger language plpgsql as $$
begin delete from public.payments; return null; end $$;
create constraint trigger late_box_after after insert on late_box deferrable initially deferred
  for each row execute function traps.on_late_box();
create table default_box (id int, n int default traps.purge());
create table generated_box (id int, n boolean generated always as (traps.purge_if_immutable(id)) stored);
create table checked_box (id int check (traps.purge_if(id)));
create table indexed_box (id int);
create index indexed_box_trap on indexed_box (traps.purge_if_immutable(id));
create table statement_box (id int);
create trigger statement_box_select after update on statement_box for each statement execute function traps.on_late_box();
insert into statement_box values (1), (2);
create view closing as select id, status from reservations;
create rule closing_instead as on update to closing do instead delete from reservations where true;
create view swapping as select id, name from customers;
create function traps.on_swapping() returns trigger language plpgsql as $$
begin delete from public.payments; return old; end $$;
create trigger swapping_instead instead of delete on swapping for each row execute function traps.on_swapping();

create table clerk_notes (id int primary key, body text);
insert into clerk_notes values (1, 'kept');
alter table clerk_notes owner to clerk;
create policy own_rows on clerk_notes using (id > 0);

create function traps.on_comment() returns event_trigger language plpgsql as $$
begin delete from public.payments; end $$;
create event trigger on_comment on ddl_command_end when tag in ('COMMENT') execute function traps.on_comment();
`;

/** Casts with a function of their own, one that has to be named and one that acts by itself. */
export const CASTS_SQL = `
create type traps.boom as (n int);
create function traps.boom_to_text(b traps.boom) returns text language plpgsql as $$
begin perform traps.purge(); return 'boom'; end $$;
create cast (traps.boom as text) with function traps.boom_to_text(traps.boom);
create type traps.spark as (n int);
create function traps.spark_to_text(s traps.spark) returns text language plpgsql as $$
begin perform traps.purge(); return 'spark'; end $$;
create cast (traps.spark as text) with function traps.spark_to_text(traps.spark) as implicit;
create table sparks (id int, s traps.spark);
insert into sparks values (1, row(1)::traps.spark);
create view spark_view as select id, s from sparks;
`;

/** A role that owns something; roles belong to the whole server, so it is made once. */
export const ROLES_SQL = `create role clerk login password 'clerk-of-the-rental'`;

/** Extensions that reach outside. Applied only where the server has them. */
export const EXTENSIONS: readonly string[] = [
  'dblink',
  'postgres_fdw',
  'lo',
  'xml2',
  'tablefunc',
  'pg_trgm',
  'hstore',
  'citext',
  'pgcrypto',
];
