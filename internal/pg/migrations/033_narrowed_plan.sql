-- Sites beyond a narrower plan become read-only when its agency has had that
-- plan for a while.
alter table platform.agency add column narrowed_at timestamptz; -- when it last got a plan for fewer sites; null: never
