-- Agencies that are led through their first steps: from signing up until all are
-- done or skipped.
alter table platform.agency add column starting boolean not null default false;
