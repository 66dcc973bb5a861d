-- The place in the change log at which a site changed its version: what was
-- written after it comes after it there. Null in steps from before there was the
-- column.
alter table platform.installation_step add column change bigint;
