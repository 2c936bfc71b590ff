-- How else to reach who asked: programs that report for somebody often know an e-mail address and no telephone number.

alter table reporter add column email text collate "C";
