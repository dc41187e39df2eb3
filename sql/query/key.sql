-- key.sql: `bobbin key rotate`, by the owner's role, over all rows.

-- name: sealed_next :free
-- $1 the row before (NULL: from the first)
SELECT email, openai_key, anthropic_key
  FROM user_api_keys
 WHERE $1::text IS NULL OR email > $1::text
 ORDER BY email
 LIMIT 1;

-- name: sealed_put :free
-- $1 email, $2 and $3 what was read, $4 and $5 what takes its place.  No row:
-- somebody has changed it in between.
UPDATE user_api_keys
   SET openai_key = $4::text,
       anthropic_key = $5::text
 WHERE email = $1::text
   AND openai_key IS NOT DISTINCT FROM $2::text
   AND anthropic_key IS NOT DISTINCT FROM $3::text
RETURNING true AS put;
