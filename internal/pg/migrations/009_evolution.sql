-- Versions of a module live side by side: how each calls what the database
-- keeps, and on which versions a site has been, with the settings it left
-- behind, so that going back puts them back.

alter table platform.module_version
    add column physical jsonb not null default '{"epoch": 1}', -- collection.Physical
    add column left_at timestamptz,                            -- when its last site left it; null: it has sites, or never had
    add column contracted_at timestamptz;                      -- when what only it used was dropped

create table platform.installation_step (
    site_id      uuid not null references platform.site,
    module_id    uuid not null,
    n            integer not null,                              -- in order of time
    from_version text not null,
    to_version   text not null,
    settings     jsonb not null,                                -- before the step
    at           timestamptz not null,
    primary key (site_id, module_id, n),
    foreign key (site_id, module_id) references platform.installation (site_id, module_id)
);
