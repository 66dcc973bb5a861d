-- Patterns and full text are searched through indexes that hold the site and
-- the words of a column. Both extensions are trusted: CREATE on the database is
-- enough to have them.
create extension if not exists pg_trgm with schema platform;
create extension if not exists btree_gin with schema platform;
