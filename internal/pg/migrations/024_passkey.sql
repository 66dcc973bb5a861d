-- Keys that sign somebody in: of a device, of a password manager, on a stick
-- (W3C Web Authentication). `credential` is the credential record as the library
-- keeps it: the public key, flags and the counter of signatures.
create table platform.passkey (
    id            uuid primary key,
    account_id    uuid not null references platform.account on delete cascade,
    credential_id bytea not null unique,                -- as the device names it
    credential    jsonb not null,
    name          text not null,                        -- what its owner calls it
    created_at    timestamptz not null,
    used_at       timestamptz
);
create index passkey_by_account on platform.passkey (account_id);
