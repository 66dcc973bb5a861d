-- The changes that one statement makes are written by one statement, whatever
-- their number: the loops of log_change and log_part take several times as long
-- for each row. What is written stays the same. Tables get the new triggers when
-- they are made or made anew (collection.Layout); until then, and beside servers
-- of the previous release, the loops are in use. On Citus, where a trigger's
-- rows cannot be read by a statement that inserts, they are what to go back to.

-- change_of tells what differs between two states of a row: the values before
-- and after of the columns that changed, and of those that are one value with a
-- column that changed (pairs as 'price_amount+price_currency').
create function platform.change_of(before jsonb, after jsonb, pairs text[]) returns table (old_values jsonb, new_values jsonb)
    language sql immutable parallel safe rows 1 as $$
    select jsonb_object_agg(c.key, before -> c.key), jsonb_object_agg(c.key, after -> c.key)
    from (
        select b.key from jsonb_each(before) b where after -> b.key is distinct from b.value
        union
        select one.key
        from unnest(pairs) pair, string_to_table(pair, '+') one (key)
        where exists (select from string_to_table(pair, '+') other (key) where after -> other.key is distinct from before -> other.key)
    ) c
$$;

-- log_changes writes the changes of records. Arguments of the trigger: the
-- collection (on Citus tg_table_name is a shard's), the columns that are never
-- logged, and the pairs of columns that are one value and are therefore logged
-- together; lists are separated by commas, pairs by '+'.
create function platform.log_changes() returns trigger
    language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
    short        text := right(tg_table_schema, 8);
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
begin
    if tg_op = 'INSERT' then
        insert into platform.changes (site_id, module, collection, record, op, version, after,
            actor, actor_kind, impersonator, request, batch, cause, depth)
        select n.site_id, short, tg_argv[0], n.id, 'created', n.version, to_jsonb(n) - omitted,
            who, who_kind, through, of_request, of_batch, of_cause, of_depth
        from newrows n;
    elsif tg_op = 'DELETE' then
        -- What leaves the trash takes its values along.
        insert into platform.changes (site_id, module, collection, record, op, version, before,
            actor, actor_kind, impersonator, request, batch, cause, depth)
        select o.site_id, short, tg_argv[0], o.id, case when o.deleted_at is null then 'deleted' else 'purged' end, o.version,
            case when o.deleted_at is null then to_jsonb(o) - omitted end,
            who, who_kind, through, of_request, of_batch, of_cause, of_depth
        from oldrows o;
    else
        insert into platform.changes (site_id, module, collection, record, op, version, before, after,
            actor, actor_kind, impersonator, request, batch, cause, depth)
        select r.site_id, short, tg_argv[0], r.id, r.what, r.version, d.old_values, d.new_values,
            who, who_kind, through, of_request, of_batch, of_cause, of_depth
        from (
            select n.site_id, n.id, n.version, o.version as old_version, to_jsonb(o) - omitted as before, to_jsonb(n) - omitted as after,
                   case when o.deleted_at is null and n.deleted_at is not null then 'deleted'
                        when o.deleted_at is not null and n.deleted_at is null then 'restored'
                        else 'updated' end as what
            from oldrows o join newrows n on n.site_id = o.site_id and n.id = o.id
        ) r, platform.change_of(r.before, r.after, pairs) d
        -- What has neither new values nor a new version was not changed.
        where r.before <> r.after or r.what <> 'updated' or r.version is distinct from r.old_version;
    end if;
    return null;
end $$;

-- log_parts writes the changes of a record's lines and lists of references.
-- Arguments: the collection, the field, the column that tells the parts of a
-- record apart, the columns that are never logged, the pairs.
create function platform.log_parts() returns trigger
    language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
    short        text := right(tg_table_schema, 8);
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
begin
    if tg_op = 'INSERT' then
        insert into platform.changes (site_id, module, collection, record, part, part_id, op, after,
            actor, actor_kind, impersonator, request, batch, cause, depth)
        select n.site_id, short, tg_argv[0], n.record_id, tg_argv[1], (a.after ->> tg_argv[2])::uuid, 'created', a.after - omitted,
            who, who_kind, through, of_request, of_batch, of_cause, of_depth
        from newrows n, to_jsonb(n) a (after);
    elsif tg_op = 'DELETE' then
        insert into platform.changes (site_id, module, collection, record, part, part_id, op, before,
            actor, actor_kind, impersonator, request, batch, cause, depth)
        select o.site_id, short, tg_argv[0], o.record_id, tg_argv[1], (b.before ->> tg_argv[2])::uuid, 'deleted', b.before - omitted,
            who, who_kind, through, of_request, of_batch, of_cause, of_depth
        from oldrows o, to_jsonb(o) b (before);
    else
        insert into platform.changes (site_id, module, collection, record, part, part_id, op, before, after,
            actor, actor_kind, impersonator, request, batch, cause, depth)
        select n.site_id, short, tg_argv[0], n.record_id, tg_argv[1], (b.before ->> tg_argv[2])::uuid, 'updated', d.old_values, d.new_values,
            who, who_kind, through, of_request, of_batch, of_cause, of_depth
        from oldrows o, to_jsonb(o) b (before), newrows n, to_jsonb(n) a (after),
            platform.change_of(b.before - omitted, a.after - omitted, pairs) d
        where n.site_id = o.site_id and n.record_id = o.record_id and a.after -> tg_argv[2] = b.before -> tg_argv[2]
            and b.before - omitted <> a.after - omitted;
    end if;
    return null;
end $$;

do $$
declare
    keeper text := 'dramac_' || (select short from platform.deployment) || '_keeper';
begin
    execute format('alter function platform.log_changes() owner to %I', keeper);
    execute format('alter function platform.log_parts() owner to %I', keeper);
end $$;
