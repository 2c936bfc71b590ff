-- Forms that were handed in.

create table submission (
    id        text primary key,
    -- Key of the call: the same key is the same form handed in.
    key       text not null unique,
    tool      text not null,
    -- JSON.
    person    text not null,
    -- JSON: values with their origins.
    arguments text not null,
    created   text not null
) strict;

-- The register: what offices know of a person already. One row per person; only the person themselves and whoever acts for them sees it.
create table resident (
    id   text primary key,
    -- JSON.
    body text not null
) strict;
