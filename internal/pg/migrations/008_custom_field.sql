-- Fields that a site added to collections of its modules. Their values stand in
-- the records' column custom, under the keys, so that no field ever changes a
-- table. A key keeps its kind for ever; retired fields keep their row, so that
-- a key is not used again for something else.
create table platform.custom_field (
    site_id     uuid not null,
    module_id   uuid not null,
    collection  text not null,
    key         text not null check (key ~ '^[a-z][a-z0-9_]{0,37}$'),
    kind        text not null,
    label       text not null check (length(label) between 1 and 80),
    help        text not null default '',
    options     jsonb not null default '[]',            -- [{"value", "label"}] of a choice
    required    boolean not null default false,
    position    integer not null,
    created_at  timestamptz not null,
    created_by  uuid,                                   -- null: the system
    retired_at  timestamptz,
    primary key (site_id, module_id, collection, key),
    foreign key (site_id, module_id) references platform.installation (site_id, module_id)
);
