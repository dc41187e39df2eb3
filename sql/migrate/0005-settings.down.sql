-- 0005-settings, back: settings and keys are dropped.

SET ROLE bobbin_owner;
SET search_path = public, pg_temp;

DROP FUNCTION import_artifacts(text, json, boolean),
    import_keys(text, json, text),
    import_configs(text, json, text), import_messages(text, json, text),
    import_unmoved(text, uuid[], timestamptz[]), import_hold(text, uuid[]),
    import_threads(text, json, text);
DROP FUNCTION studio_tokens(text, text, text),
    studio_store(text, uuid, text[], text[], text[], text[], text[], text[],
    text[]),
    studio_ask(text, uuid, text, json, text, boolean, boolean, text),
    studio_create(text, uuid, text, json, boolean, text),
    thread_key(uuid, text, json), json_same(json, json),
    message_call(json, json, json), message_text(json, text[]);
DROP TABLE user_api_keys, configs;

RESET search_path;
RESET ROLE;
