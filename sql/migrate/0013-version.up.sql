-- 0013-version: a thread's version is told apart from that of a thread of the
-- same name that was deleted.

SET ROLE bobbin_owner;
SET search_path = public, pg_temp;

-- It begins with the clock, in microseconds, beyond where any of the same name
-- has come: the bulk answer's tag is made of names and versions, and would
-- otherwise tell a client that it has what is gone.
ALTER TABLE threads ALTER version
    SET DEFAULT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint;

RESET search_path;
RESET ROLE;
