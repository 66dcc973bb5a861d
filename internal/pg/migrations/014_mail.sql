-- Mail on its way, and what became of it. Written in the transaction of what it
-- tells of, so that nobody hears of what was rolled back. `content` is sealed by
-- the key ring, because it may hold addresses that sign somebody in; it goes
-- when the message has been sent or is given up.
create table platform.mail (
    id         uuid primary key,                        -- UUIDv7: in order of time
    agency_id  uuid references platform.agency,         -- in whose name; null: the platform's
    site_id    uuid,
    kind       text not null check (kind ~ '^[a-z][a-z0-9_]*$'),
    recipient  text not null check (length(recipient) <= 254),
    sender     text not null default '',                -- display name beside the deployment's address
    reply_to   text not null default '',
    subject    text not null,
    content    text,                                    -- sealed text, HTML and link
    state      text not null check (state in ('kept', 'waiting', 'sent', 'refused', 'failed')),
    attempts   integer not null default 0,
    error      text not null default '',                -- what the server of the last attempt said
    created_at timestamptz not null,
    due_at     timestamptz not null,                    -- of the next attempt
    ended_at   timestamptz
);
create index mail_due on platform.mail (due_at) where state = 'waiting';
create index mail_by_agency on platform.mail (agency_id, id desc) where agency_id is not null;
