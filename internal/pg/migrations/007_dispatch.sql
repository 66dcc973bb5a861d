-- How events reach their subscribers, when schedules and timers are due, and
-- which processes work.

-- A process that works. What one of them holds is given to the others when it
-- was not seen for a while.
create table platform.process (
    id         uuid primary key,
    started_at timestamptz not null default now(),
    seen_at    timestamptz not null default now(),
    workers    integer not null                         -- jobs of sites it runs at a time
);

-- How far each subscription has read changes and events.
create table platform.subscription (
    name       text primary key,
    xid        xid8 not null,
    seq        bigint not null,
    created_at timestamptz not null default now()
);

-- One event for one subscriber. What was done is kept for a while, because it
-- is what keeps an event from being done twice.
create table platform.delivery (
    site_id      uuid not null,
    subscription text not null,
    target       text not null,                         -- whom of the subscription; '' if there is one only
    event        uuid not null,
    name         text not null,                         -- 'crm.deal.won'
    at           timestamptz not null,                  -- with seq: where the event is kept
    seq          bigint not null,
    record       uuid not null,
    change       boolean not null,                      -- kept in platform.changes, else in platform.event
    state        text not null default 'waiting' check (state in ('waiting', 'done', 'dead', 'dropped')),
    due_at       timestamptz not null,
    attempts     integer not null default 0,
    held_by      uuid,                                  -- process that works on it
    error        text not null default '',
    ended_at     timestamptz,
    primary key (site_id, subscription, target, event)
);
create index delivery_due on platform.delivery (site_id, due_at, seq) where state = 'waiting' and held_by is null;
create index delivery_in_order on platform.delivery (site_id, subscription, target, record, seq) where state = 'waiting';
create index delivery_held on platform.delivery (site_id, held_by) where held_by is not null;
create index delivery_dead on platform.delivery (site_id, ended_at desc, event) where state = 'dead';
create index delivery_ended on platform.delivery (ended_at) where state in ('done', 'dropped');

-- When a job of a module's manifest runs next on a site.
create table platform.schedule (
    site_id   uuid not null references platform.site,
    module    char(8) not null,                         -- short_id
    name      text not null,
    cron      text not null,                            -- as the version that the site runs declares it
    time_zone text not null,                            -- of the site, when next_at was computed
    next_at   timestamptz not null,
    primary key (site_id, module, name)
);
create index schedule_due on platform.schedule (next_at);

-- The next instant of a timer for a record, and the last for which it ran.
create table platform.timer (
    site_id    uuid not null references platform.site,
    module     char(8) not null,
    collection text not null,
    record     uuid not null,
    name       text not null,
    due_at     timestamptz,                             -- empty: nothing to come
    ran_for    timestamptz,                             -- once per record and instant
    primary key (site_id, module, collection, record, name)
);
create index timer_due on platform.timer (due_at) where due_at is not null;
