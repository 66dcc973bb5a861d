-- What an agency lets the people of a client do beside their roles, and what it
-- lets none of them do: on all sites of the client, or on one. What is said of
-- one site holds there in the place of the same thing said of all.
create table platform.client_rule (
    agency_id uuid not null,
    client_id uuid not null references platform.client,
    site_id   uuid references platform.site,
    allow     text[] not null default '{}',
    deny      text[] not null default '{}',
    unique nulls not distinct (client_id, site_id),
    foreign key (agency_id) references platform.agency
);
create index client_rule_by_site on platform.client_rule (site_id) where site_id is not null;
