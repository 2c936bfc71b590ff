-- What sensors measure and what was raised because of it. Times are microseconds since 1970, UTC.

create table thing (
    id        text collate "C" not null primary key,
    name      text collate "C" not null,
    -- A place of the gazetteer.
    place     text collate "C" not null,
    district  text collate "C" not null,
    longitude double precision not null,
    latitude  double precision not null
);

create table datastream (
    id         text collate "C" not null primary key,
    thing      text collate "C" not null references thing (id),
    kind       text collate "C" not null,
    -- Of readings that come without one.
    unit       text collate "C" not null,
    interval_s bigint not null
);

-- One number for one moment; never changed. The key is the order in which they lie: a period of a datastream is read in one go.
create table observation (
    datastream text collate "C" not null references datastream (id),
    at         bigint not null,
    -- In the unit of the kind. What is not a number is greater than infinity here; SQLite takes it for null.
    value      double precision not null check (value > '-Infinity' and value < 'Infinity'),
    -- As it was received; null if there was none.
    unit       text collate "C",
    primary key (datastream, at)
);

-- What is remembered of a datastream under a rule.
create table watch_state (
    rule       text collate "C" not null,
    datastream text collate "C" not null references datastream (id),
    -- JSON.
    state      text collate "C" not null,
    primary key (rule, datastream)
);

create table alert (
    id              text collate "C" not null primary key,
    rule            text collate "C" not null,
    datastream      text collate "C" not null references datastream (id),
    -- Null where a device is at fault.
    level           text collate "C",
    raised          bigint not null,
    cleared         bigint,
    -- JSON: what happened since, in order.
    events          text collate "C" not null,
    -- JSON: what was said and what could be done.
    proposal        text collate "C" not null,
    acknowledged_by text collate "C",
    acknowledged_at bigint
);

create index alert_raised on alert (raised);
create index alert_open on alert (datastream) where cleared is null;
