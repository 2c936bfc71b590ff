-- What the toolbox did and may still do. The records of the tools themselves follow in files of their own.

-- One row for each key of a call with an effect.
create table call (
    key      text primary key,
    -- SHA-256 of tool, arguments and person: the key means this request and no other.
    request  text not null,
    tool     text not null,
    started  text not null,
    -- JSON; null while it is not known whether there was an effect.
    output   text,
    ended    text
) strict;

create table proposal (
    id        text primary key,
    tool      text not null,
    agent     text not null,
    -- JSON: arguments with their origins.
    arguments text not null,
    -- JSON: who may confirm it.
    person    text not null,
    -- JSON: what the person had said.
    said      text not null,
    key       text not null,
    -- JSON: what the person is shown.
    preview   text not null,
    -- SHA-256 of tool, arguments, person and preview.
    digest    text not null,
    created   text not null,
    expires   text not null,
    confirmed text,
    declined  text,
    used      text
) strict;

create index proposal_open on proposal (created) where used is null and declined is null;

-- What was called, by whom, with what outcome: a chain, each record with the hash of the one before.
create table record (
    sequence integer primary key,
    time     text not null,
    tool     text not null,
    body     text not null,
    previous text not null,
    hash     text not null
) strict;

-- The newest record, so that rows cut off at the end are noticed.
create table head (
    only     integer primary key check (only = 1),
    sequence integer not null,
    hash     text not null
) strict;
