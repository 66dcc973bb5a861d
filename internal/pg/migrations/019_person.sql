-- People who sign in on one site: customers, guests, members of a club. An
-- account of this sort belongs to its site and opens nothing else.
create table platform.person_account (
    site_id    uuid not null references platform.site,
    id         uuid not null,
    email      text not null check (email = lower(email) and length(email) <= 254), -- proven
    created_at timestamptz not null,
    primary key (site_id, id),
    unique (site_id, email)
);

-- A browser in which a person is signed in on a site.
create table platform.person_session (
    token_hash bytea primary key,
    site_id    uuid not null,
    person_id  uuid not null,
    created_at timestamptz not null,
    expires_at timestamptz not null,
    address    text not null default '',
    agent      text not null default '',
    foreign key (site_id, person_id) references platform.person_account on delete cascade
);
create index person_session_by_person on platform.person_session (site_id, person_id);
create index person_session_to_drop on platform.person_session (expires_at);
