/* import_chatkit.c: sessions and messages of a ChatKit server's own tables. */
#include "config.h"

#include "cli/import_chatkit.h"

#include <stdlib.h>
#include <string.h>

#include "api/chatkit.h"

/* ChatKit's ids, or the rows' own. */
#define THREAD	"coalesce(nullif(s.metadata::jsonb->>'chatkit_thread_id', " \
	"''), s.session_id::text)"
#define ITEM	"coalesce(nullif(m.metadata::jsonb->>'chatkit_message_id', " \
	"''), m.message_id::text)"
/* Messages of others that got into somebody's session are nobody's. */
#define FOREIGN	"(m.user_id::text IS DISTINCT FROM s.user_id::text)"

enum { THREADS, ITEMS };

/* A uuid for a thread whose own is another owner's here. */
static void
add_other(struct buf *b, const char *email, struct json_span row)
{
	struct json_span	v;
	char			uuid[UUID_TEXT + 1], *id;

	if (!json_member(row, "thread_id", &v) || *v.p != '"' ||
	    (id = malloc(v.n)) == NULL) {
		b->over = true;
		return;
	}
	id[json_unescape(v.p + 1, v.n - 2, id)] = '\0';
	ck_thread_uuid(email, id, uuid);
	free(id);
	buf_printf(b, ",\"other\":\"%s\"", uuid);
}

static bool
edit(size_t step, struct buf *b, const char *email, struct json_span row)
{
	struct json_span	foreign;

	if (step == THREADS)
		add_other(b, email, row);
	return step == THREADS || !json_member(row, "foreign", &foreign) ||
	    *foreign.p != 't';
}

/*
 * Where the server saved an item, it added a row: the last one is the item,
 * the first one its place.
 */
const struct import_plan import_chatkit = {
	.users = {
		{ "chat_sessions",
		  "SELECT DISTINCT user_id::text FROM chat_sessions" },
	},
	.steps = {
		[THREADS] = { .name = "threads", .table = "chat_sessions",
		  .read = "SELECT row_to_json(r) FROM ("
		  "SELECT s.session_id AS id, "
		  THREAD " AS thread_id, s.title, "
		  "CASE jsonb_typeof(s.metadata::jsonb) WHEN 'object' THEN "
		  "s.metadata::jsonb - 'chatkit_thread_id' END AS metadata, "
		  "s.created_at::timestamptz, s.updated_at::timestamptz "
		  "FROM chat_sessions s WHERE s.user_id::text = $1::text "
		  "ORDER BY s.created_at, s.session_id) r",
		  .write = Q_IMPORT_CHATKIT_THREADS },
		[ITEMS] = { .name = "items", .table = "chat_messages",
		  .read = "SELECT row_to_json(r) FROM (SELECT \"foreign\", id, "
		  "thread_id, item_id, sender_type, content, created_at "
		  "FROM (SELECT " FOREIGN " AS \"foreign\", "
		  "m.message_id AS id, " THREAD " AS thread_id, "
		  ITEM " AS item_id, m.sender_type, m.content, "
		  "s.session_id, m.ctid AS place, "
		  "min(m.timestamp) OVER same AS created_at, "
		  "row_number() OVER (same ORDER BY m.timestamp DESC, "
		  "m.ctid DESC) AS nth FROM chat_messages m "
		  "JOIN chat_sessions s USING (session_id) "
		  "WHERE s.user_id::text = $1::text "
		  "WINDOW same AS (PARTITION BY s.session_id, " FOREIGN ", "
		  ITEM ")) x WHERE nth = 1 "
		  "ORDER BY session_id, created_at, place) r",
		  .write = Q_IMPORT_CHATKIT_ITEMS },
	},
	.emails = true,
	.edit = edit,
};
