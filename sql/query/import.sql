-- import.sql: rows of another system's database, one owner's batch at a time.
-- All: $2 rows, a JSON array, $3 schema of LangGraph's tables; how many were
-- added, and how many refused.

-- name: import_threads :owned
SELECT added, refused
  FROM import_threads($1::text, $2::json, $3::text);

-- name: import_messages :owned
SELECT added, refused
  FROM import_messages($1::text, $2::json, $3::text);

-- name: import_configs :owned
SELECT added, refused
  FROM import_configs($1::text, $2::json, $3::text);

-- name: import_keys :owned
SELECT added, refused
  FROM import_keys($1::text, $2::json, $3::text);

-- name: import_artifacts :owned
-- $3 is of no use here.  The bytes are in the store already.
SELECT added, refused
  FROM import_artifacts($1::text, $2::json, $3::text IS NULL OR true);

-- name: import_artifacts_s3 :owned
-- $3 is of no use here.  The bytes are in the bucket; jobs will look.
SELECT added, refused
  FROM import_artifacts($1::text, $2::json, $3::text IS NULL AND false);

-- name: import_chatkit_threads :owned
SELECT added, refused
  FROM import_chatkit_threads($1::text, $2::json, $3::text);

-- name: import_chatkit_items :owned
SELECT added, refused
  FROM import_chatkit_items($1::text, $2::json, $3::text);
