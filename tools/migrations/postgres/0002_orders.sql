-- Work orders: their entries are all there is to them; `work_order` is what can be computed from the entries, for lists.

create table work_order (
    id       text collate "C" primary key,
    -- Key of the call that made it: the same key is the same order.
    key      text collate "C" not null unique,
    -- Handle of the person, see `reporter`.
    citizen  text collate "C" not null,
    state    text collate "C" not null,
    level    text collate "C" not null,
    category text collate "C",
    lead     text collate "C",
    district text collate "C",
    address  text collate "C",
    opened   text collate "C" not null,
    changed  text collate "C" not null,
    -- When the unit must be done.
    due      text collate "C"
);

create index work_order_state on work_order (state, opened);
create index work_order_citizen on work_order (citizen, opened);

create table order_entry (
    work_order text collate "C" not null references work_order (id),
    sequence   bigint not null,
    -- Key of the call that made it, on the first of its entries; null where a clock did.
    key        text collate "C" unique,
    -- JSON, with the hash of the entry before.
    body       text collate "C" not null,
    primary key (work_order, sequence)
);

-- Who asked. Orders name a handle and a masked contact only; whoever works on them does not see this table.
create table reporter (
    work_order text collate "C" primary key references work_order (id),
    -- JSON: the person as they called.
    person     text collate "C" not null,
    name       text collate "C",
    phone      text collate "C"
);

-- What was suggested for an order and what a person made of it: what `train dispatch` learns from.
create table label (
    work_order text collate "C" primary key references work_order (id),
    time       text collate "C" not null,
    text       text collate "C" not null,
    -- JSON: departments with their probabilities.
    suggested  text collate "C" not null,
    chosen     text collate "C" not null
);
