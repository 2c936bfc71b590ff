-- What the toolbox did and may still do, as `../` has it for SQLite. Text is compared byte by byte, as there.

-- One row for each key of a call with an effect.
create table call (
    key      text collate "C" primary key,
    -- SHA-256 of tool, arguments and person: the key means this request and no other.
    request  text collate "C" not null,
    tool     text collate "C" not null,
    started  text collate "C" not null,
    -- JSON; null while it is not known whether there was an effect.
    output   text collate "C",
    ended    text collate "C"
);

create table proposal (
    id        text collate "C" primary key,
    tool      text collate "C" not null,
    agent     text collate "C" not null,
    -- JSON: arguments with their origins.
    arguments text collate "C" not null,
    -- JSON: who may confirm it.
    person    text collate "C" not null,
    -- JSON: what the person had said.
    said      text collate "C" not null,
    key       text collate "C" not null,
    -- JSON: what the person is shown.
    preview   text collate "C" not null,
    -- SHA-256 of tool, arguments, person and preview.
    digest    text collate "C" not null,
    created   text collate "C" not null,
    expires   text collate "C" not null,
    confirmed text collate "C",
    declined  text collate "C",
    used      text collate "C"
);

create index proposal_open on proposal (created) where used is null and declined is null;

-- What was called, by whom, with what outcome: a chain, each record with the hash of the one before.
create table record (
    sequence bigint primary key,
    time     text collate "C" not null,
    tool     text collate "C" not null,
    body     text collate "C" not null,
    previous text collate "C" not null,
    hash     text collate "C" not null
);

-- The newest record, so that rows cut off at the end are noticed.
create table head (
    "only"   bigint primary key check ("only" = 1),
    sequence bigint not null,
    hash     text collate "C" not null
);
