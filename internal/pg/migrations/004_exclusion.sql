-- Modules may say that ranges of records do not overlap: exclusion constraints
-- over the site, some columns and a range. Equality of scalars within a GiST
-- index comes with this extension, which is trusted: CREATE on the database is
-- enough to have it. Its operator classes are defaults, so nobody names them.
create extension if not exists btree_gist with schema platform;
