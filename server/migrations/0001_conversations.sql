-- Conversations, tokens and the audit chain. Everything of one turn is written in one transaction.

create table conversation (
    id      text primary key,
    agent   text not null,
    -- Name of the token it was begun with; null when it was begun without one.
    owner   text,
    created text not null,
    -- Turns begun so far; a turn that was cut off leaves a gap in the numbers.
    turns   integer not null
) strict;

create table turn (
    conversation text not null references conversation (id) on delete cascade,
    number       integer not null,
    time         text not null,
    question     text not null,
    -- JSON; null for a turn that was cancelled or failed.
    answer       text,
    primary key (conversation, number)
) strict;

create table token (
    name    text primary key,
    -- SHA-256 of the token, in hexadecimal digits. The token itself is stored nowhere.
    hash    text not null unique,
    role    text not null,
    created text not null,
    revoked text
) strict;

create table audit (
    sequence     integer primary key,
    time         text not null,
    kind         text not null,
    conversation text not null,
    body         text not null,
    previous     text not null,
    hash         text not null
) strict;

-- The newest record, so that rows cut off at the end are noticed.
create table head (
    only     integer primary key check (only = 1),
    sequence integer not null,
    hash     text not null
) strict;
