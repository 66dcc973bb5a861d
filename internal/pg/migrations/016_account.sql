-- What accounts need beyond a password: sessions that people can tell apart and
-- end, tickets sent by mail, and a second factor.

-- `seen_at` is when the session was last used, to within five minutes;
-- `confirmed_at` is when whoever uses it last proved who they are.
alter table platform.session
    add id           uuid not null default gen_random_uuid() unique,
    add seen_at      timestamptz not null default now(),
    add confirmed_at timestamptz;

-- A secret for one purpose that works once and not for long. Whoever was sent it
-- holds the token, this table its SHA-256.
create table platform.ticket (
    token_hash bytea primary key,
    kind       text not null check (kind ~ '^[a-z][a-z0-9_]*$'),
    account_id uuid references platform.account on delete cascade,
    address    text not null default '',                -- e-mail address it is about
    data       jsonb not null default '{}',
    tries      integer not null default 0,              -- wrong answers that were given to it
    created_at timestamptz not null,
    expires_at timestamptz not null,
    used_at    timestamptz
);
create index ticket_by_account on platform.ticket (account_id, kind) where account_id is not null;
create index ticket_to_drop on platform.ticket (expires_at);

-- A program on somebody's phone that makes a code every 30 seconds. The secret
-- is sealed by the key ring. `last_step` is the newest code that was taken, so
-- that none is taken twice. Not `active_at`: begun and not proven yet.
create table platform.authenticator (
    account_id uuid primary key references platform.account on delete cascade,
    secret     text not null,
    last_step  bigint not null default 0,
    created_at timestamptz not null,
    active_at  timestamptz
);

-- Codes for whoever has lost the second factor. Each works once.
create table platform.recovery_code (
    account_id uuid not null references platform.account on delete cascade,
    code_hash  bytea not null,
    used_at    timestamptz,
    primary key (account_id, code_hash)
);
