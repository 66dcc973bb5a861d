-- An administrator of the platform who acts as a member of an agency, in one
-- session and for a while. Rows stay.
create table platform.impersonation (
    id         uuid primary key,
    session_id uuid not null,                           -- the administrator's; it may have gone
    admin_id   uuid not null references platform.account,
    account_id uuid not null references platform.account,
    agency_id  uuid not null references platform.agency,
    reason     text not null check (length(reason) between 1 and 500),
    started_at timestamptz not null,
    expires_at timestamptz not null check (expires_at <= started_at + interval '60 minutes'),
    ended_at   timestamptz,
    check (admin_id <> account_id)
);
create unique index impersonation_now on platform.impersonation (session_id) where ended_at is null;
