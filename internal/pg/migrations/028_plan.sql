-- Which plan an agency has, and for whom features are switched on. Agencies that
-- exist keep having no limits.
alter table platform.agency
    add column plan          text not null default 'enterprise',
    add column trial_ends_at timestamptz;                -- of the one trial; null: never had one
alter table platform.agency alter column plan set default 'none';

create table platform.flag (
    key          text primary key,
    percentage   integer not null check (percentage between 0 and 100),
    agencies_on  uuid[] not null default '{}',
    agencies_off uuid[] not null default '{}'
);
