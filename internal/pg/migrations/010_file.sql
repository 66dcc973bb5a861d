-- Files of records: what is known of them; their bytes lie in the blob store by
-- sha256 (docs/adr/0021). A file is pending until a record names it in the
-- field it was uploaded for, and an orphan when none does any more; both are
-- dropped after a day.
create table platform.file (
    site_id     uuid not null references platform.site,
    id          uuid not null unique,
    module      char(8) not null,                       -- short_id
    collection  text not null,
    field       text not null,
    record      uuid,
    state       text not null check (state in ('pending', 'attached', 'orphan')),
    name        text not null,                          -- as it was uploaded
    slug        text not null,                          -- in addresses
    media_type  text not null,                          -- from the content
    size        bigint not null,                        -- bytes
    sha256      bytea not null,
    width       integer,                                -- images: pixels
    height      integer,
    uploaded_by uuid,                                   -- account or key; empty: a visitor
    created_at  timestamptz not null,
    changed_at  timestamptz not null,                   -- of the state
    primary key (site_id, id),
    check (state <> 'attached' or record is not null)
);
create index file_by_hash on platform.file (sha256);
create index file_to_drop on platform.file (changed_at) where state <> 'attached';
create index file_by_uploader on platform.file (site_id, uploaded_by) where state = 'pending';

-- keep_files is the trigger of every table that names files. It takes files
-- that come into a record, and lets go those that leave it. Arguments: the
-- collection, the column of the record's id, then field and column of each
-- value. A file that is not the writer's to give fails the write, with the name
-- of the field as the constraint's.
create function platform.keep_files() returns trigger
    language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
    short    text := substring(tg_table_schema from '^mod_([0-9a-f]{8})$');
    who      uuid := nullif(current_setting('app.actor', true), '')::uuid;
    who_kind text := coalesce(nullif(current_setting('app.actor_kind', true), ''), 'system');
    before   jsonb := case when tg_op = 'INSERT' then '{}' else to_jsonb(old) end;
    after    jsonb := case when tg_op = 'DELETE' then '{}' else to_jsonb(new) end;
    site     uuid := coalesce(after ->> 'site_id', before ->> 'site_id')::uuid;
    of       uuid := coalesce(after ->> tg_argv[1], before ->> tg_argv[1])::uuid;
    called   text;
    gone     uuid;
    come     uuid;
begin
    for n in 2 .. tg_nargs - 1 by 2 loop
        called := tg_argv[n];
        gone := (before ->> tg_argv[n + 1])::uuid;
        come := (after ->> tg_argv[n + 1])::uuid;
        continue when gone is not distinct from come;
        if come is not null then
            update platform.file f set state = 'attached', record = of, changed_at = now()
            where f.site_id = site and f.id = come and f.module = short and f.collection = tg_argv[0] and f.field = called
              and (f.record = of or f.state = 'pending' and (f.uploaded_by is not distinct from who or who_kind in ('module', 'system')));
            if not found then
                raise exception 'file % is not there to be taken', come using errcode = '23503', constraint = 'file_of_' || called;
            end if;
        end if;
        if gone is not null then
            update platform.file f set state = 'orphan', changed_at = now()
            where f.site_id = site and f.id = gone and f.record = of and f.state = 'attached';
        end if;
    end loop;
    return null;
end $$;

-- file_json is what an answer tells of a file that a record of the module and
-- the site names, for who reads the record as the module's role. A write that
-- answers with its record does so before the trigger, when the file is pending.
create function platform.file_json(called uuid) returns json
    language sql stable security definer set search_path = pg_catalog, pg_temp as $$
    select json_strip_nulls(json_build_object('id', f.id, 'name', f.name, 'type', f.media_type, 'size', f.size,
        'url', '/files/' || f.id || '/' || f.slug, 'width', f.width, 'height', f.height))
    from platform.file f
    where f.site_id = nullif(current_setting('app.site_id', true), '')::uuid and f.id = called
      and f.module = platform.role_module() and f.state <> 'orphan'
$$;
