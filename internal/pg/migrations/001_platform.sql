-- The platform's own tables. Tenancy (agencies, clients, sites), people
-- (accounts, members, sessions, keys), the catalogue (publishers, modules,
-- versions), installations and the audit log. Module data never lives here.

-- One row: what tells this deployment's roles from those of another database
-- in the same cluster. Roles are cluster-wide, so their names carry `short`.
create table platform.deployment (
    one        boolean primary key default true check (one),
    id         uuid not null default gen_random_uuid(),
    short      char(6) not null default substr(replace(gen_random_uuid()::text, '-', ''), 1, 6),
    created_at timestamptz not null default now()
);
insert into platform.deployment default values;

-- One row: counts every change of what processes keep in memory about who may
-- do what (sites, members, sessions, keys, installations). Each scope asserts
-- the number it was built under, so a revocation holds in every process at
-- once (docs/adr/0004).
create table platform.revision (
    one boolean primary key default true check (one),
    n   bigint not null default 1
) with (fillfactor = 20);
insert into platform.revision default values;

create table platform.agency (
    id          uuid primary key,
    name        text not null check (length(name) between 1 and 120),
    created_at  timestamptz not null default now()
);

create table platform.client (
    id          uuid primary key,
    agency_id   uuid not null references platform.agency,
    name        text not null check (length(name) between 1 and 120),
    created_at  timestamptz not null default now(),
    unique (agency_id, id)
);

create table platform.site (
    id          uuid primary key,
    agency_id   uuid not null references platform.agency,
    client_id   uuid not null,
    name        text not null check (length(name) between 1 and 120),
    subdomain   text not null unique check (subdomain ~ '^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$'),
    locale      text not null default 'en',             -- BCP 47
    time_zone   text not null default 'UTC',            -- IANA name
    currency    char(3) not null default 'EUR',         -- ISO 4217
    created_at  timestamptz not null default now(),
    foreign key (agency_id, client_id) references platform.client (agency_id, id),
    unique (agency_id, id)
);
create index site_by_client on platform.site (agency_id, client_id);

-- A login. What a person may do follows from memberships.
create table platform.account (
    id            uuid primary key,
    email         text not null unique check (email = lower(email) and length(email) <= 254),
    name          text not null check (length(name) between 1 and 120),
    password_hash text not null,                        -- PHC string, argon2id
    created_at    timestamptz not null default now()
);

-- An account in an agency. With client_id only that client's sites, with
-- site_id only that site.
create table platform.member (
    id          uuid primary key,
    agency_id   uuid not null references platform.agency,
    client_id   uuid,
    site_id     uuid,
    account_id  uuid not null references platform.account,
    role        text not null check (role in ('owner', 'admin', 'member', 'viewer')),
    created_at  timestamptz not null default now(),
    foreign key (agency_id, client_id) references platform.client (agency_id, id),
    foreign key (agency_id, site_id) references platform.site (agency_id, id),
    check (site_id is null or client_id is null),
    unique nulls not distinct (account_id, agency_id, client_id, site_id)
);
create index member_by_agency on platform.member (agency_id);

-- A signed-in browser. The cookie holds the token, this table its SHA-256.
create table platform.session (
    token_hash  bytea primary key,
    account_id  uuid not null references platform.account on delete cascade,
    created_at  timestamptz not null,
    expires_at  timestamptz not null,
    address     text not null default '',
    agent       text not null default ''
);
create index session_by_account on platform.session (account_id);

-- Owns modules. Belongs to an agency.
create table platform.publisher (
    id          uuid primary key,
    agency_id   uuid not null unique references platform.agency,
    name        text not null,
    created_at  timestamptz not null default now()
);

-- A credential of a program, bound to one site. `grants` are permission keys,
-- '*' for all; `publishes` lets it upload packages for its agency's publisher.
create table platform.api_key (
    id          uuid primary key,
    agency_id   uuid not null,
    site_id     uuid not null,
    name        text not null,
    token_hash  bytea not null unique,
    grants      text[] not null,
    publishes   boolean not null default false,
    created_at  timestamptz not null,
    expires_at  timestamptz,
    revoked_at  timestamptz,
    foreign key (agency_id, site_id) references platform.site (agency_id, id)
);
create index api_key_by_site on platform.api_key (site_id);

-- Catalogue identity of a module: publisher and manifest id. `short_id` names
-- its schema and never changes.
create table platform.module (
    id           uuid primary key,
    publisher_id uuid not null references platform.publisher,
    name         text not null,                         -- the manifest's id
    short_id     char(8) not null unique check (short_id ~ '^[0-9a-f]{8}$'),
    created_at   timestamptz not null default now(),
    unique (publisher_id, name)
);

-- An immutable release. `content_hash` is over the package's files, `blob` is
-- the SHA-256 under which the package's bytes are stored.
create table platform.module_version (
    module_id    uuid not null references platform.module,
    version      text not null,                         -- SemVer 2
    state        text not null check (state in ('draft', 'validated', 'published', 'listed', 'deprecated', 'yanked')),
    content_hash bytea not null,
    blob         bytea not null,
    size         bigint not null,                       -- bytes of the package
    name         text not null,                         -- display name, for lists
    description  text not null default '',
    created_at   timestamptz not null,
    created_by   uuid,
    published_at timestamptz,
    provisioned_at timestamptz,                         -- when its tables were first made
    primary key (module_id, version)
);

-- Module × site. One row for ever: uninstalling keeps it, so that installing
-- again within 30 days takes the data back.
create table platform.installation (
    site_id        uuid not null references platform.site,
    module_id      uuid not null,
    name           text not null,                       -- the manifest's id
    version        text not null,
    state          text not null check (state in ('installed', 'enabled', 'disabled', 'uninstalled', 'purged')),
    settings       jsonb not null default '{}',
    position       integer not null default 0,          -- order in menu and home page
    installed_at   timestamptz not null,
    updated_at     timestamptz not null,
    uninstalled_at timestamptz,
    primary key (site_id, module_id),
    foreign key (module_id, version) references platform.module_version (module_id, version)
);
create unique index installation_one_of_a_name on platform.installation (site_id, name)
    where state in ('installed', 'enabled', 'disabled');
create index installation_to_purge on platform.installation (uninstalled_at) where state = 'uninstalled';
create index installation_by_module on platform.installation (module_id);

-- Who did what to the tenant's structure, append only. Records of modules have
-- their own history.
create table platform.audit (
    agency_id   uuid not null references platform.agency,
    id          uuid not null,                          -- UUIDv7: in order of time
    site_id     uuid,
    at          timestamptz not null,
    actor_kind  text not null check (actor_kind in ('member', 'key', 'system')),
    actor_id    uuid,
    actor_name  text not null,
    action      text not null,                          -- 'installation.enabled'
    subject     text not null,                          -- what it was done to, for people
    details     jsonb not null default '{}',
    request_id  text not null default '',
    primary key (agency_id, id)
);
create index audit_by_site on platform.audit (site_id, id desc) where site_id is not null;
