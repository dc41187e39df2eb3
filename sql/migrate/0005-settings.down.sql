-- 0005-settings, back: settings and keys are dropped.

SET ROLE bobbin_owner;
SET search_path = public, pg_temp;

DROP TABLE user_api_keys, configs;

RESET search_path;
RESET ROLE;
