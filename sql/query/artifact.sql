-- artifact.sql: files that tools produced.

-- name: artifact_thread :owned
-- $2 thread
SELECT id
  FROM threads
 WHERE email = $1::text
   AND id = $2::uuid;

-- name: artifact_put :owned
-- $2 thread, $3 id, $4 sha256, $5 size, $6 the bytes are here, $7 name,
-- $8 type, $9 session, $10 run, $11 tool call, $12 meta
SELECT (artifact).id, (artifact).filename, (artifact).mime, (artifact).size,
       (artifact).sha256, (artifact).created_at, (artifact).thread_id,
       (artifact).session_id, (artifact).run_id, (artifact).tool_call_id,
       (artifact).meta, created
  FROM artifact_put($1::text, $2::uuid, $3::uuid, $4::bpchar, $5::bigint,
       $6::boolean, $7::text, $8::text, $9::text, $10::text, $11::text,
       $12::json);

-- name: artifact_list :owned
-- $2 thread, $3 limit, $4 created_at and $5 id of the last row seen, or NULLs
SELECT id, filename, mime, size, sha256, created_at, thread_id, session_id,
       run_id, tool_call_id, meta
  FROM artifacts
 WHERE email = $1::text
   AND thread_id = $2::uuid
   AND (created_at, id)
       < (CASE WHEN $4::timestamptz IS NULL THEN 'infinity'
	  ELSE $4::timestamptz END,
	  CASE WHEN $5::uuid IS NULL
	  THEN 'ffffffff-ffff-ffff-ffff-ffffffffffff' ELSE $5::uuid END)
 ORDER BY created_at DESC, id DESC
 LIMIT $3::integer;

-- name: artifact_get :owned
-- $2 id
SELECT a.id, a.sha256, a.mime, a.filename, a.size, a.created_at, a.thread_id,
       a.session_id, a.run_id, a.tool_call_id, b.on_disk, b.in_s3, b.missing
  FROM artifacts a,
       blob_find(a.sha256, a.size) b
 WHERE a.email = $1::text
   AND a.id = $2::uuid;

-- name: artifact_link :free
-- $1 id, for whoever has a good link; as artifact_get
SELECT (artifact).id, (artifact).sha256, (artifact).mime, (artifact).filename,
       (artifact).size, (artifact).created_at, (artifact).thread_id,
       (artifact).session_id, (artifact).run_id, (artifact).tool_call_id,
       on_disk, in_s3, missing
  FROM artifact_link($1::uuid);

-- name: artifact_delete :owned
-- $2 id
DELETE FROM artifacts
 WHERE email = $1::text
   AND id = $2::uuid;
