-- Work orders: their entries are all there is to them; `work_order` is what can be computed from the entries, for lists.

create table work_order (
    id       text primary key,
    -- Key of the call that made it: the same key is the same order.
    key      text not null unique,
    -- Handle of the person, see `reporter`.
    citizen  text not null,
    state    text not null,
    level    text not null,
    category text,
    lead     text,
    district text,
    address  text,
    opened   text not null,
    changed  text not null,
    -- When the unit must be done.
    due      text
) strict;

create index work_order_state on work_order (state, opened);
create index work_order_citizen on work_order (citizen, opened);

create table order_entry (
    work_order text not null references work_order (id),
    sequence   integer not null,
    -- Key of the call that made it, on the first of its entries; null where a clock did.
    key        text unique,
    -- JSON, with the hash of the entry before.
    body       text not null,
    primary key (work_order, sequence)
) strict;

-- Who asked. Orders name a handle and a masked contact only; whoever works on them does not see this table.
create table reporter (
    work_order text primary key references work_order (id),
    -- JSON: the person as they called.
    person     text not null,
    name       text,
    phone      text
) strict;

-- What was suggested for an order and what a person made of it: what `train dispatch` learns from.
create table label (
    work_order text primary key references work_order (id),
    time       text not null,
    text       text not null,
    -- JSON: departments with their probabilities.
    suggested  text not null,
    chosen     text not null
) strict;
