-- The languages in which a site keeps its content beside its own, which is that
-- of its locale: BCP 47 tags in the order in which people see them.
alter table platform.site
    add column languages text[] not null default '{}' check (cardinality(languages) <= 20);
