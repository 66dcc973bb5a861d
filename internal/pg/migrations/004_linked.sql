-- The platform's own publisher, to whom the modules belong that are linked into
-- the server, has no agency. There is one.
alter table platform.publisher alter column agency_id drop not null;
create unique index publisher_of_the_platform on platform.publisher ((agency_id is null)) where agency_id is null;
