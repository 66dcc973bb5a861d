-- What people are told of, in the app and by mail, and what they want to be told.

-- One row for each account, kind and key: what happens again soon is counted in
-- the row that is there, what happens again later makes it a new one.
create table platform.notification (
    id         uuid primary key,
    account_id uuid not null references platform.account on delete cascade,
    agency_id  uuid not null references platform.agency,
    site_id    uuid references platform.site,
    kind       text not null,
    key        text not null check (length(key) <= 300),
    data       jsonb not null default '{}',             -- what its words are filled with
    url        text not null default '',                -- where it leads, in the app
    times      integer not null default 1,
    created_at timestamptz not null,                    -- the first time
    last_at    timestamptz not null,
    read_at    timestamptz,
    unique (account_id, kind, key)
);
create index notification_by_account on platform.notification (account_id, last_at desc, id desc);
create index notification_unread on platform.notification (account_id) where read_at is null;
create index notification_to_drop on platform.notification (last_at);

-- Of one kind, on one site or everywhere. What is not here is on.
create table platform.notification_preference (
    account_id uuid not null references platform.account on delete cascade,
    site_id    uuid references platform.site,
    kind       text not null,
    bell       boolean not null,
    email      boolean not null,
    unique nulls not distinct (account_id, site_id, kind)
);
