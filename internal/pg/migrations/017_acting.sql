-- Who acts is read by one query: each value that a function of PL/pgSQL works
-- out on its way is planned again in every transaction, and seven of them cost
-- as much as the log itself. As with
-- log_changes and log_parts, which these take the place of, tables get the new
-- triggers when they are made or made anew.

-- acting tells who acts in this transaction, as its scope has said.
create function platform.acting() returns table (who uuid, who_kind text, through uuid, of_request text, of_batch uuid, of_cause uuid, of_depth smallint)
    language sql stable rows 1 as $$
    select nullif(current_setting('app.actor', true), '')::uuid,
           coalesce(nullif(current_setting('app.actor_kind', true), ''), 'system'),
           nullif(current_setting('app.impersonator', true), '')::uuid,
           nullif(current_setting('app.request', true), ''),
           nullif(current_setting('app.batch', true), '')::uuid,
           nullif(split_part(current_setting('app.cause', true), ' ', 1), '')::uuid,
           coalesce(nullif(split_part(current_setting('app.cause', true), ' ', 2), '')::smallint, 0::smallint)
$$;

-- log_records writes the changes of records. Arguments as of log_changes.
create function platform.log_records() returns trigger
    language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
    acting       record;
    short        text := right(tg_table_schema, 8);
    omitted      text[] := array['site_id', 'id', 'version', 'created_at', 'created_by', 'updated_at', 'updated_by',
                                 'deleted_at', 'deleted_by', '_epoch'] || string_to_array(tg_argv[1], ',');
    pairs        text[] := string_to_array(tg_argv[2], ',');
begin
    select * into acting from platform.acting();
    if tg_op = 'INSERT' then
        insert into platform.changes (site_id, module, collection, record, op, version, after,
            actor, actor_kind, impersonator, request, batch, cause, depth)
        select n.site_id, short, tg_argv[0], n.id, 'created', n.version, to_jsonb(n) - omitted,
            acting.who, acting.who_kind, acting.through, acting.of_request, acting.of_batch, acting.of_cause, acting.of_depth
        from newrows n;
    elsif tg_op = 'DELETE' then
        -- What leaves the trash takes its values along.
        insert into platform.changes (site_id, module, collection, record, op, version, before,
            actor, actor_kind, impersonator, request, batch, cause, depth)
        select o.site_id, short, tg_argv[0], o.id, case when o.deleted_at is null then 'deleted' else 'purged' end, o.version,
            case when o.deleted_at is null then to_jsonb(o) - omitted end,
            acting.who, acting.who_kind, acting.through, acting.of_request, acting.of_batch, acting.of_cause, acting.of_depth
        from oldrows o;
    else
        insert into platform.changes (site_id, module, collection, record, op, version, before, after,
            actor, actor_kind, impersonator, request, batch, cause, depth)
        select r.site_id, short, tg_argv[0], r.id, r.what, r.version, d.old_values, d.new_values,
            acting.who, acting.who_kind, acting.through, acting.of_request, acting.of_batch, acting.of_cause, acting.of_depth
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

-- log_record_parts writes the changes of a record's lines and lists of references.
-- Arguments: the collection, the field, the column that tells the parts of a
-- record apart, the columns that are never logged, the pairs.
create function platform.log_record_parts() returns trigger
    language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
    acting       record;
    short        text := right(tg_table_schema, 8);
    omitted      text[] := array['site_id', 'record_id', 'id'] || string_to_array(tg_argv[3], ',');
    pairs        text[] := string_to_array(tg_argv[4], ',');
begin
    select * into acting from platform.acting();
    if tg_op = 'INSERT' then
        insert into platform.changes (site_id, module, collection, record, part, part_id, op, after,
            actor, actor_kind, impersonator, request, batch, cause, depth)
        select n.site_id, short, tg_argv[0], n.record_id, tg_argv[1], (w.after ->> tg_argv[2])::uuid, 'created', w.after - omitted,
            acting.who, acting.who_kind, acting.through, acting.of_request, acting.of_batch, acting.of_cause, acting.of_depth
        from newrows n, to_jsonb(n) w (after);
    elsif tg_op = 'DELETE' then
        insert into platform.changes (site_id, module, collection, record, part, part_id, op, before,
            actor, actor_kind, impersonator, request, batch, cause, depth)
        select o.site_id, short, tg_argv[0], o.record_id, tg_argv[1], (b.before ->> tg_argv[2])::uuid, 'deleted', b.before - omitted,
            acting.who, acting.who_kind, acting.through, acting.of_request, acting.of_batch, acting.of_cause, acting.of_depth
        from oldrows o, to_jsonb(o) b (before);
    else
        insert into platform.changes (site_id, module, collection, record, part, part_id, op, before, after,
            actor, actor_kind, impersonator, request, batch, cause, depth)
        select n.site_id, short, tg_argv[0], n.record_id, tg_argv[1], (b.before ->> tg_argv[2])::uuid, 'updated', d.old_values, d.new_values,
            acting.who, acting.who_kind, acting.through, acting.of_request, acting.of_batch, acting.of_cause, acting.of_depth
        from oldrows o, to_jsonb(o) b (before), newrows n, to_jsonb(n) w (after),
            platform.change_of(b.before - omitted, w.after - omitted, pairs) d
        where n.site_id = o.site_id and n.record_id = o.record_id and w.after -> tg_argv[2] = b.before -> tg_argv[2]
            and b.before - omitted <> w.after - omitted;
    end if;
    return null;
end $$;

do $$
declare
    keeper text := 'dramac_' || (select short from platform.deployment) || '_keeper';
begin
    execute format('alter function platform.log_records() owner to %I', keeper);
    execute format('alter function platform.log_record_parts() owner to %I', keeper);
end $$;
