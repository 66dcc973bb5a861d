-- Answers of writes that carried an Idempotency-Key, kept for seven days
-- (docs/adr/0020). A row is written in the transaction of the write and visible
-- with it, so there is none of a write that did not happen.
create table platform.idempotency (
    tenant_id   uuid not null,                          -- site; the agency where no site is concerned
    actor       text not null,                          -- 'key 0190…', 'visitor 192.0.2.7'
    key         text not null check (length(key) between 1 and 255),
    fingerprint bytea not null,                         -- SHA-256 of method, address and body
    status      smallint,
    header      jsonb,
    body        bytea,
    created_at  timestamptz not null,
    primary key (tenant_id, actor, key)
);
create index idempotency_by_age on platform.idempotency (created_at);
