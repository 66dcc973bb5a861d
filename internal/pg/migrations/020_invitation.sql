-- Somebody who was asked to become a member, by mail to one address. Whoever was
-- sent it holds the token, this table its SHA-256. It is open until it is
-- accepted, revoked or over.
create table platform.invitation (
    id          uuid primary key,
    agency_id   uuid not null references platform.agency,
    client_id   uuid,
    site_id     uuid,
    email       text not null check (email = lower(email) and length(email) <= 254),
    role        text not null check (role in ('owner', 'admin', 'member', 'viewer', 'custom')),
    role_id     uuid,
    token_hash  bytea not null unique,
    invited_by  uuid not null references platform.account,
    created_at  timestamptz not null,
    expires_at  timestamptz not null,
    accepted_at timestamptz,
    revoked_at  timestamptz,
    check ((role = 'custom') = (role_id is not null)),
    check (site_id is null or client_id is null),
    foreign key (agency_id, client_id) references platform.client (agency_id, id),
    foreign key (agency_id, site_id) references platform.site (agency_id, id),
    foreign key (agency_id, role_id) references platform.role (agency_id, id) on delete cascade
);
create unique index invitation_one_open on platform.invitation (agency_id, client_id, site_id, email) nulls not distinct
    where accepted_at is null and revoked_at is null;
