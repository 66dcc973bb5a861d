-- The change log and the outbox of events. Both belong to a role of their own,
-- the keeper: the login role reads and adds, and must become the keeper to
-- rewrite or drop anything (erasure, retention). Nobody logs in as the keeper.

do $$
declare
    keeper text := 'dramac_' || (select short from platform.deployment) || '_keeper';
begin
    if not exists (select from pg_roles where rolname = keeper) then
        execute format('create role %I nologin noinherit', keeper);
    end if;
    if current_setting('server_version_num')::int >= 160000 then
        execute format('grant %I to current_user with inherit false, set true', keeper);
    else
        execute format('grant %I to current_user', keeper);
    end if;
    execute format('grant create, usage on schema platform to %I', keeper);
end $$;

-- One order for changes and events. A transaction that writes a record holds
-- the record's lock, so within one record the numbers are in the order of the
-- writes, whichever transaction began first. Never cached, for that reason.
create sequence platform.change_seq;

-- Every change of a record, written by the trigger of its table. `before` and
-- `after` hold the columns that changed, and never those that are secret; a
-- creation has no before. A change of a line, or of a list of references, is a
-- change of its record: `part` names the field, `part_id` the line.
create table platform.changes (
    site_id      uuid not null,
    at           timestamptz not null default now(),    -- when its transaction began
    xid          xid8 not null default pg_current_xact_id(),
    seq          bigint not null default nextval('platform.change_seq'),
    module       char(8) not null,                      -- short_id
    collection   text not null,
    record       uuid not null,
    part         text,
    part_id      uuid,
    op           text not null check (op in ('created', 'updated', 'deleted', 'restored', 'purged')),
    version      bigint,                                -- of the record after the change
    before       jsonb,
    after        jsonb,
    actor        uuid,                                  -- account or key; empty: a visitor, or the platform
    actor_kind   text not null,                         -- visitor, member, key, module, system
    impersonator uuid,                                  -- account that acted as the actor
    request      text,                                  -- X-Request-Id
    batch        uuid,                                  -- import or bulk write that it was part of
    cause        uuid,                                  -- event whose handler made the change
    depth        smallint not null default 0,           -- handlers between it and a person's own doing
    primary key (site_id, record, at, seq)
) partition by range (at);
create index changes_by_order on platform.changes (xid, seq);
create table platform.changes_default partition of platform.changes default;

-- What actions, timers and code say happened. What follows from a change
-- (created, updated, deleted, restored) is not written a second time.
create table platform.event (
    site_id    uuid not null,
    at         timestamptz not null default now(),
    xid        xid8 not null default pg_current_xact_id(),
    seq        bigint not null default nextval('platform.change_seq'),
    id         uuid not null default gen_random_uuid(),
    module     char(8) not null,
    collection text not null,                           -- '' for a module's own
    record     uuid not null,                           -- nil for a module's own
    name       text not null,                           -- the last part: 'won'
    version    integer not null default 1,              -- of the payload's shape
    data       jsonb not null default '{}',
    previous   jsonb,
    actor      uuid,
    actor_kind text not null,
    request    text,
    cause      uuid,
    depth      smallint not null default 0,
    primary key (site_id, record, at, seq)
) partition by range (at);
create index event_by_order on platform.event (xid, seq);
create table platform.event_default partition of platform.event default;

-- log_change writes the changes of records. Arguments of the trigger: the
-- collection (on Citus tg_table_name is a shard's), the columns that are never
-- logged, and the pairs of columns that are one value (an amount and its
-- currency) and are therefore logged together; lists are separated by commas,
-- pairs by '+'. It loops, because a statement over the transition table does
-- not work there.
create function platform.log_change() returns trigger
    language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
    short        text := substring(tg_table_schema from '^mod_([0-9a-f]{8})$');
    omitted      text[] := array['site_id', 'id', 'version', 'created_at', 'created_by', 'updated_at', 'updated_by',
                                 'deleted_at', 'deleted_by', '_epoch'] || string_to_array(tg_argv[1], ',');
    pairs        text[] := string_to_array(tg_argv[2], ',');
    who          uuid := nullif(current_setting('app.actor', true), '')::uuid;
    who_kind     text := coalesce(nullif(current_setting('app.actor_kind', true), ''), 'system');
    through      uuid := nullif(current_setting('app.impersonator', true), '')::uuid;
    of_request   text := nullif(current_setting('app.request', true), '');
    of_batch     uuid := nullif(current_setting('app.batch', true), '')::uuid;
    caused       text := nullif(current_setting('app.cause', true), '');
    of_cause     uuid := nullif(split_part(caused, ' ', 1), '')::uuid;
    of_depth     smallint := coalesce(nullif(split_part(caused, ' ', 2), '')::smallint, 0);
    r            record;
    what         text;
    old_values   jsonb;
    new_values   jsonb;
    one          text;
    other        text;
    pair         text;
begin
    if tg_op = 'INSERT' then
        for r in select n.site_id, n.id, n.version, to_jsonb(n) - omitted as after from newrows n loop
            insert into platform.changes (site_id, module, collection, record, op, version, after,
                actor, actor_kind, impersonator, request, batch, cause, depth)
            values (r.site_id, short, tg_argv[0], r.id, 'created', r.version, r.after,
                who, who_kind, through, of_request, of_batch, of_cause, of_depth);
        end loop;
    elsif tg_op = 'DELETE' then
        -- What leaves the trash takes its values along.
        for r in select o.site_id, o.id, o.version, o.deleted_at, to_jsonb(o) - omitted as before from oldrows o loop
            insert into platform.changes (site_id, module, collection, record, op, version, before,
                actor, actor_kind, impersonator, request, batch, cause, depth)
            values (r.site_id, short, tg_argv[0], r.id, case when r.deleted_at is null then 'deleted' else 'purged' end, r.version,
                case when r.deleted_at is null then r.before end,
                who, who_kind, through, of_request, of_batch, of_cause, of_depth);
        end loop;
    else
        for r in
            select n.site_id, n.id, n.version, o.version as old_version, o.deleted_at as old_deleted, n.deleted_at,
                   to_jsonb(o) - omitted as before, to_jsonb(n) - omitted as after
            from oldrows o join newrows n on n.site_id = o.site_id and n.id = o.id
        loop
            what := case when r.old_deleted is null and r.deleted_at is not null then 'deleted'
                         when r.old_deleted is not null and r.deleted_at is null then 'restored'
                         else 'updated' end;
            old_values := null;
            new_values := null;
            if r.before <> r.after then
                select jsonb_object_agg(b.key, b.value), jsonb_object_agg(b.key, r.after -> b.key)
                into old_values, new_values
                from jsonb_each(r.before) b where r.after -> b.key is distinct from b.value;
                foreach pair in array pairs loop
                    one := split_part(pair, '+', 1);
                    other := split_part(pair, '+', 2);
                    if new_values ? one <> new_values ? other then
                        old_values := old_values || jsonb_build_object(one, r.before -> one, other, r.before -> other);
                        new_values := new_values || jsonb_build_object(one, r.after -> one, other, r.after -> other);
                    end if;
                end loop;
            elsif what = 'updated' and r.version is not distinct from r.old_version then
                continue; -- nothing was changed
            end if;
            insert into platform.changes (site_id, module, collection, record, op, version, before, after,
                actor, actor_kind, impersonator, request, batch, cause, depth)
            values (r.site_id, short, tg_argv[0], r.id, what, r.version, old_values, new_values,
                who, who_kind, through, of_request, of_batch, of_cause, of_depth);
        end loop;
    end if;
    return null;
end $$;

-- log_part writes the changes of a record's lines and lists of references.
-- Arguments: the collection, the field, the column that tells the parts of a
-- record apart, the columns that are never logged, the pairs.
create function platform.log_part() returns trigger
    language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
    short        text := substring(tg_table_schema from '^mod_([0-9a-f]{8})$');
    omitted      text[] := array['site_id', 'record_id', 'id'] || string_to_array(tg_argv[3], ',');
    pairs        text[] := string_to_array(tg_argv[4], ',');
    who          uuid := nullif(current_setting('app.actor', true), '')::uuid;
    who_kind     text := coalesce(nullif(current_setting('app.actor_kind', true), ''), 'system');
    through      uuid := nullif(current_setting('app.impersonator', true), '')::uuid;
    of_request   text := nullif(current_setting('app.request', true), '');
    of_batch     uuid := nullif(current_setting('app.batch', true), '')::uuid;
    caused       text := nullif(current_setting('app.cause', true), '');
    of_cause     uuid := nullif(split_part(caused, ' ', 1), '')::uuid;
    of_depth     smallint := coalesce(nullif(split_part(caused, ' ', 2), '')::smallint, 0);
    r            record;
    old_values   jsonb;
    new_values   jsonb;
    one          text;
    other        text;
    pair         text;
begin
    if tg_op = 'INSERT' then
        for r in select n.site_id, n.record_id, to_jsonb(n) as values from newrows n loop
            insert into platform.changes (site_id, module, collection, record, part, part_id, op, after,
                actor, actor_kind, impersonator, request, batch, cause, depth)
            values (r.site_id, short, tg_argv[0], r.record_id, tg_argv[1], (r.values ->> tg_argv[2])::uuid, 'created', r.values - omitted,
                who, who_kind, through, of_request, of_batch, of_cause, of_depth);
        end loop;
    elsif tg_op = 'DELETE' then
        for r in select o.site_id, o.record_id, to_jsonb(o) as values from oldrows o loop
            insert into platform.changes (site_id, module, collection, record, part, part_id, op, before,
                actor, actor_kind, impersonator, request, batch, cause, depth)
            values (r.site_id, short, tg_argv[0], r.record_id, tg_argv[1], (r.values ->> tg_argv[2])::uuid, 'deleted', r.values - omitted,
                who, who_kind, through, of_request, of_batch, of_cause, of_depth);
        end loop;
    else
        for r in
            select n.site_id, n.record_id, b.before ->> tg_argv[2] as id, b.before - omitted as before, a.after - omitted as after
            from newrows n, to_jsonb(n) as a (after), oldrows o, to_jsonb(o) as b (before)
            where n.site_id = o.site_id and n.record_id = o.record_id and a.after -> tg_argv[2] = b.before -> tg_argv[2]
        loop
            continue when r.before = r.after;
            select jsonb_object_agg(b.key, b.value), jsonb_object_agg(b.key, r.after -> b.key)
            into old_values, new_values
            from jsonb_each(r.before) b where r.after -> b.key is distinct from b.value;
            foreach pair in array pairs loop
                one := split_part(pair, '+', 1);
                other := split_part(pair, '+', 2);
                if new_values ? one <> new_values ? other then
                    old_values := old_values || jsonb_build_object(one, r.before -> one, other, r.before -> other);
                    new_values := new_values || jsonb_build_object(one, r.after -> one, other, r.after -> other);
                end if;
            end loop;
            insert into platform.changes (site_id, module, collection, record, part, part_id, op, before, after,
                actor, actor_kind, impersonator, request, batch, cause, depth)
            values (r.site_id, short, tg_argv[0], r.record_id, tg_argv[1], r.id::uuid, 'updated', old_values, new_values,
                who, who_kind, through, of_request, of_batch, of_cause, of_depth);
        end loop;
    end if;
    return null;
end $$;

-- role_module is the short id of the module as whose role the transaction
-- runs; null for every other role, so that no caller can speak for a module.
create function platform.role_module() returns text
    language sql stable as $$
    select substring(current_setting('role', true) from '^mod_([0-9a-f]{8})_[0-9a-f]{6}_(?:run|owner)$')
$$;

-- emit writes an event of the module as whose role the transaction runs, on
-- the site that it is narrowed to, and returns the event's id. A module's own
-- event has the collection '' and no record.
create function platform.emit(of_collection text, of_record uuid, called text, of_version integer default 1,
    carries jsonb default '{}', was jsonb default null) returns uuid
    language sql security definer set search_path = pg_catalog, pg_temp as $$
    insert into platform.event (site_id, module, collection, record, name, version, data, previous,
        actor, actor_kind, request, cause, depth)
    values (nullif(current_setting('app.site_id', true), '')::uuid, platform.role_module(), of_collection,
        coalesce(of_record, '00000000-0000-0000-0000-000000000000'), called, of_version, coalesce(carries, '{}'), was,
        nullif(current_setting('app.actor', true), '')::uuid,
        coalesce(nullif(current_setting('app.actor_kind', true), ''), 'system'),
        nullif(current_setting('app.request', true), ''),
        nullif(split_part(current_setting('app.cause', true), ' ', 1), '')::uuid,
        coalesce(nullif(split_part(current_setting('app.cause', true), ' ', 2), '')::smallint, 0))
    returning id
$$;

-- history reads a record's changes, newest first: those of the module as whose
-- role the transaction runs and of the site that it is narrowed to.
create function platform.history(of_collection text, of_record uuid, before_seq bigint, most integer)
    returns table (at timestamptz, seq bigint, part text, part_id uuid, op text, version bigint, before jsonb, after jsonb,
        actor uuid, actor_kind text, impersonator uuid, request text, batch uuid)
    language sql stable security definer set search_path = pg_catalog, pg_temp as $$
    select c.at, c.seq, c.part, c.part_id, c.op, c.version, c.before, c.after,
           c.actor, c.actor_kind, c.impersonator, c.request, c.batch
    from platform.changes c
    where c.site_id = nullif(current_setting('app.site_id', true), '')::uuid and c.module = platform.role_module()
      and c.collection = of_collection and c.record = of_record and c.seq < before_seq
    order by c.seq desc limit most
$$;

-- Everybody may use the schema's name and these functions; rights on tables
-- nobody has. A grant for each module would make lists of rights that grow
-- with the number of modules.
grant usage on schema platform to public;

do $$
declare
    keeper text := 'dramac_' || (select short from platform.deployment) || '_keeper';
    thing  text;
begin
    foreach thing in array array['table platform.changes', 'table platform.changes_default', 'table platform.event',
        'table platform.event_default', 'sequence platform.change_seq', 'function platform.log_change()',
        'function platform.log_part()', 'function platform.emit(text, uuid, text, integer, jsonb, jsonb)',
        'function platform.history(text, uuid, bigint, integer)']
    loop
        execute format('alter %s owner to %I', thing, keeper);
    end loop;
    execute format('set local role %I', keeper);
    execute format('grant select, insert on platform.changes, platform.event to %I', session_user);
    execute format('grant usage on sequence platform.change_seq to %I', session_user);
    set local role none;
end $$;
