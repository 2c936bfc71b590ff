-- For whom a token acts: the department of a civil servant, or the resident that a citizen has shown to be.

alter table token add column unit text;
alter table token add column resident text;
