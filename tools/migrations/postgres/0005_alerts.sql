-- The last alert of a datastream under a rule, for what is raised again too soon.
create index alert_of_datastream on alert (datastream, rule, raised);
