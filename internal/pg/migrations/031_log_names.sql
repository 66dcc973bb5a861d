-- A field may have the name of whatever the change log called records by, or of
-- one of its variables: then the field was logged in the place of its record.
-- Fields never begin with an underscore. As with log_records and
-- log_record_parts, which these take the place of, tables get the new triggers
-- when they are made or made anew.

-- log_changed_records writes the changes of records. Arguments as of log_changes.
create function platform.log_changed_records() returns trigger
    language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_variable
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
        select _new.site_id, short, tg_argv[0], _new.id, 'created', _new.version, to_jsonb(_new) - omitted,
            acting.who, acting.who_kind, acting.through, acting.of_request, acting.of_batch, acting.of_cause, acting.of_depth
        from newrows _new;
    elsif tg_op = 'DELETE' then
        -- What leaves the trash takes its values along.
        insert into platform.changes (site_id, module, collection, record, op, version, before,
            actor, actor_kind, impersonator, request, batch, cause, depth)
        select _old.site_id, short, tg_argv[0], _old.id, case when _old.deleted_at is null then 'deleted' else 'purged' end, _old.version,
            case when _old.deleted_at is null then to_jsonb(_old) - omitted end,
            acting.who, acting.who_kind, acting.through, acting.of_request, acting.of_batch, acting.of_cause, acting.of_depth
        from oldrows _old;
    else
        insert into platform.changes (site_id, module, collection, record, op, version, before, after,
            actor, actor_kind, impersonator, request, batch, cause, depth)
        select r.site_id, short, tg_argv[0], r.id, r.what, r.version, d.old_values, d.new_values,
            acting.who, acting.who_kind, acting.through, acting.of_request, acting.of_batch, acting.of_cause, acting.of_depth
        from (
            select _new.site_id, _new.id, _new.version, _old.version as old_version, to_jsonb(_old) - omitted as before, to_jsonb(_new) - omitted as after,
                   case when _old.deleted_at is null and _new.deleted_at is not null then 'deleted'
                        when _old.deleted_at is not null and _new.deleted_at is null then 'restored'
                        else 'updated' end as what
            from oldrows _old join newrows _new on _new.site_id = _old.site_id and _new.id = _old.id
        ) r, platform.change_of(r.before, r.after, pairs) d
        -- What has neither new values nor a new version was not changed.
        where r.before <> r.after or r.what <> 'updated' or r.version is distinct from r.old_version;
    end if;
    return null;
end $$;

-- log_changed_parts writes the changes of a record's lines and lists of references.
-- Arguments: the collection, the field, the column that tells the parts of a
-- record apart, the columns that are never logged, the pairs.
create function platform.log_changed_parts() returns trigger
    language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_variable
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
        select _new.site_id, short, tg_argv[0], _new.record_id, tg_argv[1], (w.after ->> tg_argv[2])::uuid, 'created', w.after - omitted,
            acting.who, acting.who_kind, acting.through, acting.of_request, acting.of_batch, acting.of_cause, acting.of_depth
        from newrows _new, to_jsonb(_new) w (after);
    elsif tg_op = 'DELETE' then
        insert into platform.changes (site_id, module, collection, record, part, part_id, op, before,
            actor, actor_kind, impersonator, request, batch, cause, depth)
        select _old.site_id, short, tg_argv[0], _old.record_id, tg_argv[1], (b.before ->> tg_argv[2])::uuid, 'deleted', b.before - omitted,
            acting.who, acting.who_kind, acting.through, acting.of_request, acting.of_batch, acting.of_cause, acting.of_depth
        from oldrows _old, to_jsonb(_old) b (before);
    else
        insert into platform.changes (site_id, module, collection, record, part, part_id, op, before, after,
            actor, actor_kind, impersonator, request, batch, cause, depth)
        select _new.site_id, short, tg_argv[0], _new.record_id, tg_argv[1], (b.before ->> tg_argv[2])::uuid, 'updated', d.old_values, d.new_values,
            acting.who, acting.who_kind, acting.through, acting.of_request, acting.of_batch, acting.of_cause, acting.of_depth
        from oldrows _old, to_jsonb(_old) b (before), newrows _new, to_jsonb(_new) w (after),
            platform.change_of(b.before - omitted, w.after - omitted, pairs) d
        where _new.site_id = _old.site_id and _new.record_id = _old.record_id and w.after -> tg_argv[2] = b.before -> tg_argv[2]
            and b.before - omitted <> w.after - omitted;
    end if;
    return null;
end $$;

do $$
declare
    keeper text := 'dramac_' || (select short from platform.deployment) || '_keeper';
begin
    execute format('alter function platform.log_changed_records() owner to %I', keeper);
    execute format('alter function platform.log_changed_parts() owner to %I', keeper);
end $$;
