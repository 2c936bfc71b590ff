-- Conversations, tokens and the audit chain, as `../` has them for SQLite. Text is compared byte by byte, as there.

create table conversation (
    id      text collate "C" primary key,
    agent   text collate "C" not null,
    -- Name of the token it was begun with; null when it was begun without one.
    owner   text collate "C",
    created text collate "C" not null,
    -- Turns begun so far; a turn that was cut off leaves a gap in the numbers.
    turns   bigint not null
);

create table turn (
    conversation text collate "C" not null references conversation (id) on delete cascade,
    number       bigint not null,
    time         text collate "C" not null,
    question     text collate "C" not null,
    -- JSON; null for a turn that was cancelled or failed.
    answer       text collate "C",
    -- JSON: what is needed to run the turn again: request, what it rested on, what models said.
    pinned       text collate "C",
    primary key (conversation, number)
);

create table token (
    name     text collate "C" primary key,
    -- SHA-256 of the token, in hexadecimal digits. The token itself is stored nowhere.
    hash     text collate "C" not null unique,
    role     text collate "C" not null,
    created  text collate "C" not null,
    revoked  text collate "C",
    -- For whom a token acts: the department of a civil servant, or the resident that a citizen has shown to be.
    unit     text collate "C",
    resident text collate "C",
    -- The order of their making; SQLite has it without being asked.
    rowid    bigint generated always as identity
);

create table audit (
    sequence     bigint primary key,
    time         text collate "C" not null,
    kind         text collate "C" not null,
    conversation text collate "C" not null,
    body         text collate "C" not null,
    previous     text collate "C" not null,
    hash         text collate "C" not null
);

-- The newest record, so that rows cut off at the end are noticed.
create table head (
    "only"   bigint primary key check ("only" = 1),
    sequence bigint not null,
    hash     text collate "C" not null
);
