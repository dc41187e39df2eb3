-- blob.sql: the bytes themselves; for bobbin_jobs.

-- name: blob_to_s3 :free
-- $1 how many: on the disk alone, or still there too
SELECT sha256, size, in_s3
  FROM blobs
 WHERE on_disk
   AND state = 'stored'
   AND unreferenced_at IS NULL
   AND try_at <= now()
 ORDER BY try_at, sha256
 LIMIT $1::integer;

-- name: blob_in_s3 :free
-- $1 sha256
UPDATE blobs SET in_s3 = true, tries = 0, try_at = '-infinity'
 WHERE sha256 = $1::bpchar
   AND on_disk
   AND state = 'stored';

-- name: blob_off_disk :free
-- $1 sha256: its file may go, if a row is touched
UPDATE blobs SET on_disk = false
 WHERE sha256 = $1::bpchar
   AND on_disk
   AND in_s3
   AND state = 'stored';

-- name: blob_later :free
-- $1 sha256: after a failure, at most an hour later
UPDATE blobs SET tries = tries + 1,
       try_at = now() + least(interval '1 hour',
		interval '5 seconds' * 2 ^ least(tries, 20))
 WHERE sha256 = $1::bpchar;

-- name: blob_unverified :free
-- $1 how many
SELECT sha256
  FROM blobs
 WHERE state = 'unverified'
   AND try_at <= now()
 ORDER BY try_at, sha256
 LIMIT $1::integer;

-- name: blob_verified :free
-- $1 sha256, $2 its size in the bucket, or NULL: it is not there
UPDATE blobs SET tries = 0, try_at = '-infinity',
       size = CASE WHEN $2::bigint IS NULL THEN size ELSE $2::bigint END,
       state = CASE WHEN $2::bigint IS NULL THEN 'missing' ELSE 'stored' END
 WHERE sha256 = $1::bpchar
   AND state = 'unverified';

-- name: blob_dead :free
-- $1 seconds of grace, $2 how many, $3 after this one (NULL: from the first),
-- $4 those in the bucket too
SELECT sha256
  FROM blobs
 WHERE unreferenced_at <= now() - make_interval(secs => $1::bigint)
   AND try_at <= now()
   AND ($3::bpchar IS NULL OR sha256 > $3::bpchar)
   AND ($4::boolean OR NOT in_s3)
 ORDER BY sha256
 LIMIT $2::integer;

-- name: blob_take :free
-- $1 sha256, $2 seconds of grace
SELECT on_disk, in_s3
  FROM blob_take($1::bpchar, $2::bigint);

-- name: blob_drop :free
-- $1 sha256
DELETE FROM blobs
 WHERE sha256 = $1::bpchar
   AND state = 'gone';

-- name: blob_strays :free
-- $1 sha256 of files in the store: those that no row has there
SELECT f.sha256
  FROM unnest($1::text[]) AS f(sha256)
 WHERE NOT EXISTS (SELECT FROM blobs b
		    WHERE b.sha256 = f.sha256::bpchar
		      AND b.on_disk);

-- name: blob_on_disk :free
-- $1 after this one (NULL: from the first), $2 how many
SELECT sha256, size
  FROM blobs
 WHERE on_disk
   AND ($1::bpchar IS NULL OR sha256 > $1::bpchar)
 ORDER BY sha256
 LIMIT $2::integer;
