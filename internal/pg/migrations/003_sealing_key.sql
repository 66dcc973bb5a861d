-- The keys that values of this database are sealed with. The keys themselves
-- stand in the key file (docs/adr/0019); `check` tells whether a file holds the
-- right ones. A retired key seals nothing here any more.
create table platform.sealing_key (
    id          text primary key check (id ~ '^[0-9a-f]{8}$'),
    "check"     text not null,
    created_at  timestamptz not null,
    retired_at  timestamptz
);
