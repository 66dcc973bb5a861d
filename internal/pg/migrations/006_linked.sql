-- The platform's own publisher, to whom the modules belong that are linked into
-- the server, has no agency. There is one.
alter table platform.publisher alter column agency_id drop not null;
create unique index publisher_of_the_platform on platform.publisher ((agency_id is null)) where agency_id is null;

-- Who first offered a contract owns its name.
create table platform.contract (
    name         text primary key,
    publisher_id uuid not null references platform.publisher,
    created_at   timestamptz not null
);
