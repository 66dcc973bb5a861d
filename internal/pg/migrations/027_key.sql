-- What keys of programs need beyond a token: from where and how often they may be
-- used, when they were, and a second token for a while when they are rotated.
alter table platform.api_key
    add column prefix         text not null default '',         -- how the token begins, to tell keys apart
    add column created_by     uuid references platform.account on delete set null,
    add column addresses      cidr[] not null default '{}',     -- from where; empty: from everywhere
    add column per_minute     integer check (per_minute > 0),   -- requests; null: no limit
    add column per_day        integer check (per_day > 0),
    add column rotated_at     timestamptz,
    add column previous_hash  bytea,                            -- the token before, which is good until then
    add column previous_until timestamptz,
    add column last_used_at   timestamptz,                      -- to within a minute
    add column last_address   text not null default '',
    add constraint api_key_previous check ((previous_hash is null) = (previous_until is null)),
    add constraint api_key_of_site unique (site_id, id);
create unique index api_key_by_previous on platform.api_key (previous_hash) where previous_hash is not null;

-- How much of a key's limit processes have taken, in the newest window. Each
-- takes portions ahead of its requests, so that the sum over all of them is
-- never more than the limit.
create table platform.key_budget (
    key_id  uuid not null references platform.api_key on delete cascade,
    period  text not null check (period in ('minute', 'day')),
    start   timestamptz not null,                               -- of the window
    taken   integer not null check (taken >= 0),
    granted integer not null,                                   -- the last portion
    primary key (key_id, period)
);
