-- The audit log keeps as whom somebody acted, from where, and what was refused,
-- belongs to the keeper, and forgets what is older than its agency wants.

-- How long the agency keeps its audit log.
alter table platform.agency
    add column audit_days integer not null default 730 check (audit_days between 90 and 3650);

-- A refusal is one line for each hour, whatever its number: `at` is the first of
-- them, `last_at` the last, `times` how many. `fingerprint` is what they have in
-- common, the hour included.
alter table platform.audit
    drop constraint audit_pkey,
    drop constraint audit_actor_kind_check,
    add constraint audit_actor_kind_check check (actor_kind in ('visitor', 'member', 'key', 'person', 'module', 'system')),
    alter column action type text collate "C",          -- found by how it begins
    alter column agency_id drop not null,               -- null: what concerns the platform itself
    add column client_id         uuid,
    add column impersonator_id   uuid,                  -- account that acted as the actor
    add column impersonator_name text not null default '',
    add column address           text not null default '',
    add column result            text not null default 'done' check (result in ('done', 'refused')),
    add column times             bigint not null default 1 check (times > 0),
    add column last_at           timestamptz,
    add column fingerprint       bytea,
    add constraint audit_pkey primary key (id),
    add constraint audit_refusal check ((result = 'refused') = (fingerprint is not null) and (fingerprint is null) = (last_at is null));
create unique index audit_by_fingerprint on platform.audit (fingerprint) where fingerprint is not null;
create index audit_by_time on platform.audit (agency_id, at desc, id desc);
create index audit_by_actor on platform.audit (agency_id, actor_id, at desc, id desc) where actor_id is not null;
create index audit_by_action on platform.audit (agency_id, action, at desc, id desc);
create index audit_refused on platform.audit (agency_id, at desc, id desc) where result = 'refused';
create index audit_of_site on platform.audit (site_id, at desc, id desc) where site_id is not null;
drop index platform.audit_by_site;

-- note_refusals adds refusals, or counts them where their line exists already.
-- It can neither touch what was done nor make a number smaller.
create function platform.note_refusals(lines jsonb) returns void
    language sql security definer set search_path = pg_catalog, pg_temp as $$
    insert into platform.audit as a (agency_id, client_id, site_id, id, at, last_at, times, actor_kind, actor_id, actor_name,
        impersonator_id, impersonator_name, action, subject, details, request_id, address, result, fingerprint)
    select l.agency_id, l.client_id, l.site_id, l.id, l.at, l.last_at, l.times, l.actor_kind, l.actor_id, l.actor_name,
        l.impersonator_id, l.impersonator_name, l.action, l.subject, l.details, l.request_id, l.address, 'refused', decode(l.fingerprint, 'hex')
    from jsonb_to_recordset(lines) l (agency_id uuid, client_id uuid, site_id uuid, id uuid, at timestamptz, last_at timestamptz, times bigint,
        actor_kind text, actor_id uuid, actor_name text, impersonator_id uuid, impersonator_name text, action text, subject text,
        details jsonb, request_id text, address text, fingerprint text)
    where l.times > 0
    order by l.fingerprint
    on conflict (fingerprint) where fingerprint is not null do update
    set times = a.times + excluded.times, last_at = greatest(a.last_at, excluded.last_at)
$$;

-- forget_audit deletes entries that are older than their agency keeps them, 90
-- days at least, and those of the platform itself after two years. It takes at
-- most that many of each agency and returns how many went.
create function platform.forget_audit(most integer) returns bigint
    language sql security definer set search_path = pg_catalog, pg_temp as $$
    with gone as (
        delete from platform.audit where id in (
            select old.id
            from (select g.id, g.audit_days from platform.agency g union all select null, 730) kept,
                lateral (
                    select a.id from platform.audit a
                    where a.agency_id is not distinct from kept.id and a.at < now() - make_interval(days => greatest(kept.audit_days, 90))
                    order by a.at limit most
                ) old)
        returning 1)
    select count(*) from gone
$$;

revoke execute on function platform.note_refusals(jsonb), platform.forget_audit(integer) from public;

do $$
declare
    keeper text := 'dramac_' || (select short from platform.deployment) || '_keeper';
    thing  text;
begin
    execute format('grant select (id, audit_days) on platform.agency to %I', keeper);
    foreach thing in array array['table platform.audit', 'function platform.note_refusals(jsonb)', 'function platform.forget_audit(integer)'] loop
        execute format('alter %s owner to %I', thing, keeper);
    end loop;
    execute format('set local role %I', keeper);
    execute format('revoke all on platform.audit from %I', session_user);
    execute format('grant select, insert on platform.audit to %I', session_user);
    execute format('grant execute on function platform.note_refusals(jsonb), platform.forget_audit(integer) to %I', session_user);
    set local role none;
end $$;
