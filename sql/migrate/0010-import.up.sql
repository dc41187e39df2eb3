-- 0010-import: what `bobbin import chatkit` writes, as in 0005.

SET ROLE bobbin_owner;
SET search_path = public, pg_temp;

-- One thread: its uuid stays what it was where nobody else has that, or its
-- text, in use; else it is p_other.  False: there is no place for it.
CREATE FUNCTION import_chatkit_thread(p_owner text, p_thread text, p_id uuid,
    p_other uuid, p_title text, p_document json, p_created timestamptz,
    p_updated timestamptz, p_schema text) RETURNS boolean
LANGUAGE plpgsql AS $$
DECLARE
	place	uuid;
	held	boolean;
BEGIN
	FOREACH place IN ARRAY ARRAY[p_id, p_other] LOOP
		BEGIN
			INSERT INTO threads (id, email, thread_id, title,
			       document, title_at, title_length, sorted_at,
			       created_at, updated_at)
			VALUES (place, p_owner, p_thread, left(p_title, 512),
			       p_document, char_length('{"title":') + 1,
			       char_length(coalesce(to_json(p_title)::text,
			       'null')), p_created, p_created, p_updated);
			held := thread_claim(place::text, true, p_schema);
			IF held OR place = p_other THEN
				RETURN true;
			END IF;
			RAISE unique_violation;
		EXCEPTION WHEN unique_violation THEN
			NULL;
		END;
	END LOOP;
	RETURN false;
END
$$;

-- A thread that the owner has in another face gets the document.
CREATE FUNCTION import_chatkit_threads(p_owner text, p_rows json,
    p_schema text, OUT added bigint, OUT refused bigint)
LANGUAGE plpgsql AS $$
DECLARE
	r	record;
	known	record;
	doc	json;
	at	timestamptz;
BEGIN
	added := 0;
	refused := 0;
	FOR r IN
		SELECT * FROM json_to_recordset(p_rows) x(id uuid, other uuid,
		    thread_id text, title text, metadata json,
		    created_at timestamptz, updated_at timestamptz)
	LOOP
		SELECT t.id, t.document IS NOT NULL AS whole INTO known
		  FROM threads t
		 WHERE t.email = p_owner
		   AND t.id = thread_find(p_owner, r.thread_id);
		CONTINUE WHEN known.whole;
		at := coalesce(r.created_at, r.updated_at, now());
		doc := format('{"title":%s,"id":%s,"created_at":"%s",'
		    '"status":{"type":"active"},"allowed_image_domains":null,'
		    '"metadata":%s}', coalesce(to_json(r.title)::text, 'null'),
		    to_json(r.thread_id), chatkit_time(at),
		    coalesce(r.metadata::text, '{}'));
		IF char_length(r.thread_id) NOT BETWEEN 1 AND 255
		    OR r.thread_id ~ '[\u0001-\u001f\u007f-\u009f]' THEN
			refused := refused + 1;
		ELSIF known.id IS NOT NULL THEN
			PERFORM chatkit_thread_save(p_owner, r.thread_id,
			    r.other, doc, left(r.title, 512),
			    char_length('{"title":') + 1, char_length(
			    coalesce(to_json(r.title)::text, 'null')), at,
			    true, p_schema);
			added := added + 1;
		ELSIF import_chatkit_thread(p_owner, r.thread_id, r.id,
		    r.other, r.title, doc, at,
		    coalesce(r.updated_at, at), p_schema) THEN
			added := added + 1;
		ELSE
			refused := refused + 1;
		END IF;
	END LOOP;
END
$$;

CREATE FUNCTION import_chatkit_items(p_owner text, p_rows json,
    p_schema text, OUT added bigint, OUT refused bigint)
LANGUAGE plpgsql AS $$
DECLARE
	held	record;
BEGIN
	SELECT * INTO held FROM import_hold(p_owner, ARRAY(
	    SELECT t.id FROM threads t
	     WHERE t.email = p_owner AND t.document IS NOT NULL
	       AND t.thread_id IN (SELECT e->>'thread_id'
		FROM json_array_elements(p_rows) e)));
	INSERT INTO messages (id, email, thread_id, item_id, item_type, role,
	       plain, document, created_at)
	SELECT x.id, p_owner, t.id, x.item_id, k.role || '_message', k.role,
	       x.content, format('{"id":%s,"thread_id":%s,"created_at":"%s",'
	       '"type":"%s_message","content":[%s]%s}', to_json(x.item_id),
	       to_json(x.thread_id), chatkit_time(k.at), k.role,
	       format(CASE k.role WHEN 'user'
		THEN '{"type":"input_text","text":%s}'
		ELSE '{"annotations":[],"text":%s,"type":"output_text"}' END,
		to_json(coalesce(x.content, ''))),
	       CASE k.role WHEN 'user' THEN ',"attachments":[],'
	       '"quoted_text":null,"inference_options":{"tool_choice":null,'
	       '"model":null}' ELSE '' END)::json, k.at
	  FROM ROWS FROM (json_to_recordset(p_rows) AS (id uuid,
	       thread_id text, item_id text, sender_type text, content text,
	       created_at timestamptz)) WITH ORDINALITY x
	  JOIN threads t ON t.email = p_owner AND t.id = ANY (held.ids)
	   AND t.thread_id = x.thread_id
	 CROSS JOIN LATERAL (SELECT coalesce(x.created_at, t.sorted_at) AS at,
	       CASE x.sender_type WHEN 'user' THEN 'user'
	       ELSE 'assistant' END AS role) k
	 WHERE char_length(x.item_id) BETWEEN 1 AND 255
	   AND x.item_id !~ '[\u0001-\u001f\u007f-\u009f]'
	 ORDER BY x.ordinality
	ON CONFLICT DO NOTHING;
	GET DIAGNOSTICS added = ROW_COUNT;
	PERFORM import_unmoved(p_owner, held.ids, held.times);
	SELECT count(*) INTO refused
	  FROM json_array_elements(p_rows) e
	 WHERE NOT EXISTS (SELECT FROM threads t
			     JOIN messages m ON m.email = p_owner
			      AND m.thread_id = t.id
			    WHERE t.email = p_owner
			      AND t.thread_id = e->>'thread_id'
			      AND m.item_id = e->>'item_id');
END
$$;

-- A time as ChatKit's documents have it.
CREATE FUNCTION chatkit_time(timestamptz) RETURNS text
LANGUAGE sql STABLE AS $$
	SELECT to_char($1 AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
$$;

REVOKE EXECUTE ON FUNCTION chatkit_time(timestamptz),
    import_chatkit_thread(text, text, uuid, uuid, text, json, timestamptz,
	timestamptz, text), import_chatkit_threads(text, json, text),
    import_chatkit_items(text, json, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION chatkit_time(timestamptz),
    import_chatkit_thread(text, text, uuid, uuid, text, json, timestamptz,
	timestamptz, text), import_chatkit_threads(text, json, text),
    import_chatkit_items(text, json, text) TO bobbin_app;

RESET search_path;
RESET ROLE;
