-- What the agency and its sites are set to, and archiving: what is archived is
-- kept whole, answers nobody, and comes back as it was.
alter table platform.agency
    add column country      char(2) check (country ~ '^[A-Z]{2}$'),     -- ISO 3166; null: not said
    add column locale       text not null default 'en',                 -- BCP 47; of new sites
    add column time_zone    text not null default 'UTC',
    add column currency     char(3) not null default 'EUR',
    add column tax_rate     integer not null default 0 check (tax_rate between 0 and 1000000),  -- millionths
    add column tax_included boolean not null default false,             -- whether prices include it
    add column units        text not null default 'metric' check (units in ('metric', 'imperial')),
    add column colour       text not null default '' check (colour ~ '^(#[0-9a-f]{6})?$'),      -- of buttons and links
    add column reply_to     text not null default '' check (length(reply_to) <= 254);           -- of its mail

alter table platform.client
    add column email        text not null default '' check (length(email) <= 254),
    add column phone        text not null default '' check (length(phone) <= 40),
    add column notes        text not null default '' check (length(notes) <= 500),
    add column archived_at  timestamptz;

alter table platform.site
    add column tax_rate     integer not null default 0 check (tax_rate between 0 and 1000000),
    add column tax_included boolean not null default false,
    add column units        text not null default 'metric' check (units in ('metric', 'imperial')),
    add column archived_at  timestamptz;

-- Roles that an agency makes of the catalogue's permissions and of grants in
-- modules: 'platform.site.manage', 'crm.deal.read:own', 'crm.*', 'crm:rep'.
create table platform.role (
    id          uuid primary key,
    agency_id   uuid not null references platform.agency,
    name        text not null check (length(name) between 1 and 60),
    permissions text[] not null,
    created_at  timestamptz not null,
    unique (agency_id, id)
);
create unique index role_by_name on platform.role (agency_id, lower(name));

-- A member has one of the fixed roles, or 'custom' and an agency's own. What is
-- denied is denied whatever gives it; a limited member reaches assigned sites.
alter table platform.member
    add column role_id uuid,
    add column allow   text[] not null default '{}',
    add column deny    text[] not null default '{}',
    add column limited boolean not null default false,
    drop constraint member_role_check,
    add constraint member_role_check check (role in ('owner', 'admin', 'member', 'viewer', 'custom')),
    add constraint member_custom_role check ((role = 'custom') = (role_id is not null)),
    add constraint member_own_role foreign key (agency_id, role_id) references platform.role (agency_id, id),
    add constraint member_of_agency unique (agency_id, id);
create index member_by_role on platform.member (role_id) where role_id is not null;

create table platform.member_site (
    agency_id uuid not null,
    member_id uuid not null,
    site_id   uuid not null,
    primary key (member_id, site_id),
    foreign key (agency_id, member_id) references platform.member (agency_id, id) on delete cascade,
    foreign key (agency_id, site_id) references platform.site (agency_id, id)
);
create index member_site_by_site on platform.member_site (site_id);
