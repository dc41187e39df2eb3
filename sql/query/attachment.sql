-- attachment.sql: files that ChatKit's users send along.

-- name: attachment_new :owned
-- $2 uuid, $3 attachment, $4 document, $5 name, $6 type, $7 declared size
INSERT INTO attachments (email, id, attachment_id, document, made_here, name,
       mime_type, declared_size)
SELECT $1::text, $2::uuid, $3::text, $4::json, true, $5::text, $6::text,
       $7::bigint
 WHERE NOT EXISTS (SELECT FROM attachments
		    WHERE email = $1::text
		      AND attachment_id = $3::text)
ON CONFLICT DO NOTHING;

-- name: attachment_get :owned
-- $2 attachment
SELECT a.attachment_id, a.document, a.made_here, a.name, a.mime_type,
       a.sha256, a.mime, a.size, b.on_disk, b.in_s3, b.missing, a.email
  FROM attachments a
  LEFT JOIN LATERAL blob_find(a.sha256, a.size) b ON a.sha256 IS NOT NULL
 WHERE a.email = $1::text
   AND a.attachment_id = $2::text;

-- name: attachment_link :free
-- $1 uuid, for whoever has a good link; as attachment_get
SELECT (attachment).attachment_id, (attachment).document,
       (attachment).made_here, (attachment).name, (attachment).mime_type,
       (attachment).sha256, (attachment).mime, (attachment).size, on_disk,
       in_s3, missing, (attachment).email
  FROM attachment_link($1::uuid);

-- name: attachment_fill :owned
-- $2 attachment, $3 sha256, $4 size, $5 type of the bytes, $6 document as it
-- was read, $7 as it is to be
SELECT attachment_fill($1::text, $2::text, $3::bpchar, $4::bigint, $5::text,
       $6::text, $7::json) AS state;

-- name: retention_batch :free
-- $1 days, $2 only count, $3 how many, $4 and $5 the last one of the batch
-- before, $6 schema of LangGraph's tables; for bobbin_jobs
SELECT threads, items, files, bytes, at, id
  FROM retention_batch($1::integer, $2::boolean, $6::text, $3::integer,
       $4::timestamptz, $5::uuid);

-- name: retention_patience :free
-- $1 times as long may each statement behind it in the pipeline take.
SELECT set_config('statement_timeout', (setting::bigint * $1::integer)::text,
       true)
  FROM pg_catalog.pg_settings
 WHERE name = 'statement_timeout';

-- name: retention_loose :free
-- The same of attachments that no thread names.
SELECT 0 AS threads, 0 AS items, files, bytes, at, id
  FROM retention_loose($1::integer, $2::boolean, $3::integer,
       $4::timestamptz, $5::uuid);

-- name: attachment_expire :free
-- $1 hours, $2 how many; for bobbin_jobs
SELECT attachments_expire($1::integer, $2::integer) AS gone;
