-- Who looks after the platform itself, and agencies that are suspended: their
-- people and programs are refused, their sites show a notice, and what waits to
-- be done for them waits on.

-- An account that administers the platform. Rows stay when it ends.
create table platform.administrator (
    account_id uuid not null references platform.account on delete cascade,
    granted_at timestamptz not null,
    revoked_at timestamptz,
    primary key (account_id, granted_at)
);
create unique index administrator_now on platform.administrator (account_id) where revoked_at is null;

alter table platform.agency
    add column suspended_at     timestamptz,
    add column suspended_reason text not null default '' check (length(suspended_reason) <= 500);
create index agency_by_time on platform.agency (created_at desc, id desc);

-- The sites whose jobs and events wait: those of suspended agencies, and those
-- that are archived.
create view platform.resting_site as
    select s.id as site_id from platform.site s join platform.agency a on a.id = s.agency_id
    where a.suspended_at is not null or s.archived_at is not null;
