-- Forms that were handed in.

create table submission (
    id        text collate "C" primary key,
    -- Key of the call: the same key is the same form handed in.
    key       text collate "C" not null unique,
    tool      text collate "C" not null,
    -- JSON.
    person    text collate "C" not null,
    -- JSON: values with their origins.
    arguments text collate "C" not null,
    created   text collate "C" not null
);

-- The register: what offices know of a person already. One row per person; only the person themselves and whoever acts for them sees it.
create table resident (
    id   text collate "C" primary key,
    -- JSON.
    body text collate "C" not null
);
