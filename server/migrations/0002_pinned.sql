-- What is needed to run a turn again: request, what it rested on, what models said. JSON; null for turns of versions that
-- did not record it.

alter table turn add column pinned text;
