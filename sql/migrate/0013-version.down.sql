-- 0013-version, back.

SET ROLE bobbin_owner;
SET search_path = public, pg_temp;

ALTER TABLE threads ALTER version SET DEFAULT 1;

RESET search_path;
RESET ROLE;
