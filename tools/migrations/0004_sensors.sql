-- What sensors measure and what was raised because of it. Times are microseconds since 1970, UTC. `strict` knows neither `bigint`
-- nor `double precision`; of what follows, PostgreSQL lacks only `without rowid`.

create table thing (
    id        text not null primary key,
    name      text not null,
    -- A place of the gazetteer.
    place     text not null,
    district  text not null,
    longitude double precision not null,
    latitude  double precision not null
);

create table datastream (
    id         text not null primary key,
    thing      text not null references thing (id),
    kind       text not null,
    -- Of readings that come without one.
    unit       text not null,
    interval_s bigint not null
) without rowid;

-- One number for one moment; never changed. The key is the order in which they lie: a period of a datastream is read in one go.
create table observation (
    datastream text not null references datastream (id),
    at         bigint not null,
    -- In the unit of the kind.
    value      double precision not null,
    -- As it was received; null if there was none.
    unit       text,
    primary key (datastream, at)
) without rowid;

-- What is remembered of a datastream under a rule.
create table watch_state (
    rule       text not null,
    datastream text not null references datastream (id),
    -- JSON.
    state      text not null,
    primary key (rule, datastream)
);

create table alert (
    id              text not null primary key,
    rule            text not null,
    datastream      text not null references datastream (id),
    -- Null where a device is at fault.
    level           text,
    raised          bigint not null,
    cleared         bigint,
    -- JSON: what happened since, in order.
    events          text not null,
    -- JSON: what was said and what could be done.
    proposal        text not null,
    acknowledged_by text,
    acknowledged_at bigint
);

create index alert_raised on alert (raised);
create index alert_open on alert (datastream) where cleared is null;
