-- Files that the code of modules stores and reads, as the module whose role the
-- transaction has and on the site that it is narrowed to.

-- add_file notes a pending file of who acts. It holds the lock under which
-- bytes are stored until the transaction ends. False: too many files of this
-- actor wait for a record already.
create function platform.add_file(called uuid, of_collection text, of_field text, named text, slugged text, typed text,
    bytes bigint, hash bytea, wide integer, high integer, at_instant timestamptz, most integer) returns boolean
    language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
    site uuid := nullif(current_setting('app.site_id', true), '')::uuid;
    who  uuid := nullif(current_setting('app.actor', true), '')::uuid;
begin
    perform pg_advisory_xact_lock_shared(7248301006);
    if (select count(*) >= most from platform.file f
        where f.site_id = site and f.state = 'pending' and f.uploaded_by is not distinct from who) then
        return false;
    end if;
    insert into platform.file (site_id, id, module, collection, field, state, name, slug, media_type, size, sha256,
        width, height, uploaded_by, created_at, changed_at)
    values (site, called, platform.role_module(), of_collection, of_field, 'pending', named, slugged, typed, bytes, hash,
        wide, high, who, at_instant, at_instant);
    return true;
end $$;

-- find_file reads a file of the module on the site that a record names, or that
-- waits for one and is that of who acts; the module itself sees all that wait.
create function platform.find_file(called uuid) returns setof platform.file
    language sql stable security definer set search_path = pg_catalog, pg_temp as $$
    select f.* from platform.file f
    where f.site_id = nullif(current_setting('app.site_id', true), '')::uuid and f.module = platform.role_module() and f.id = called
      and (f.state = 'attached' or f.state = 'pending' and (
          f.uploaded_by is not distinct from nullif(current_setting('app.actor', true), '')::uuid
          or coalesce(nullif(current_setting('app.actor_kind', true), ''), 'system') in ('module', 'system')))
$$;
