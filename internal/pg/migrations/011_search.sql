-- Patterns and full text are searched through indexes that hold the site and
-- the words of a column. Both extensions are trusted: CREATE on the database is
-- enough to have them.
create extension if not exists pg_trgm with schema platform;
create extension if not exists btree_gin with schema platform;

-- Tables that were made in an older way are made anew.
alter table platform.module_version add column layout integer not null default 0; -- collection.Layout of the server that made its tables
