-- The identity provider of an agency, which vouches for its members by OpenID
-- Connect. `client_secret` is sealed by the key ring. Addresses of `domains` are
-- believed from it; the sign-in page leads to it from those that the agency has
-- shown to be its own, by `proof` in the domain name system. Another issuer or
-- client is another provider, with another id.
create table platform.identity_provider (
    id            uuid primary key,
    agency_id     uuid not null unique references platform.agency,
    address       text not null unique check (address ~ '^[a-z0-9][a-z0-9-]{1,62}$'),
    issuer        text not null check (length(issuer) between 1 and 500),
    client        text not null check (length(client) between 1 and 500),
    client_secret text not null,
    label         text not null default '' check (length(label) <= 60),
    domains       text[] not null,
    proven        text[] not null default '{}',
    proof         text not null,
    enabled       boolean not null,
    enforced      boolean not null default false,        -- its people sign in by it only
    created_at    timestamptz not null,
    check (proven <@ domains)
);
create index identity_provider_by_domain on platform.identity_provider using gin (proven) where enabled;

-- Whom a provider means by a subject. An account has at most one with each.
create table platform.identity (
    provider_id uuid not null references platform.identity_provider on delete cascade,
    subject     text not null check (length(subject) between 1 and 255),
    account_id  uuid not null references platform.account on delete cascade,
    created_at  timestamptz not null,
    seen_at     timestamptz not null,
    primary key (provider_id, subject),
    unique (provider_id, account_id)
);
create index identity_by_account on platform.identity (account_id);

-- A session that a provider vouches for reaches its agency and nothing else, and
-- ends with it.
alter table platform.session add provider_id uuid references platform.identity_provider on delete cascade;
create index session_by_provider on platform.session (provider_id) where provider_id is not null;
