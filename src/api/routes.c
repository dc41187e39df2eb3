/* routes.c: the whole API.  Nothing about a route is known elsewhere. */
#include "config.h"

#include "http/route.h"

#include "api/api.h"

/* name, type, flags, min, max, default, label */
#define END	{ NULL, FT_TEXT, 0, 0, 0, 0, NULL }

static const struct field path_thread[] = {
	{ "thread_id", FT_TEXT, FF_NOBLANK, 1, 255, 0, "Thread ID" },
	END
};
static const struct field body_run[] = {
	{ "prompt", FT_TEXT, FF_NULL, 0, 0, 0, "Prompt" },
	{ "run_id", FT_UUID, FF_NULL | FF_NOBLANK, 1, 0, 0, "Run ID" },
	END
};
static const struct field body_analyze[] = {
	{ "prompt", FT_TRIM, FF_REQUIRED | FF_NOBLANK, 1, 10000, 0, "Prompt" },
	{ "thread_id", FT_TRIM, FF_REQUIRED | FF_NOBLANK, 1, 100, 0,
	  "Thread ID" },
	{ "run_id", FT_UUID, FF_NULL | FF_NOBLANK, 1, 0, 0, "Run ID" },
	{ "stream", FT_BOOL, FF_NULL, 0, 0, 0, "Stream" },
	END
};
static const struct field body_stop[] = {
	{ "thread_id", FT_TEXT, FF_REQUIRED, 0, 0, 0, "Thread ID" },
	{ "run_id", FT_TEXT, FF_REQUIRED, 0, 0, 0, "Run ID" },
	END
};
static const struct field body_sentiment[] = {
	{ "run_id", FT_UUID, FF_REQUIRED | FF_NOBLANK, 1, 0, 0, "Run ID" },
	{ "sentiment", FT_BOOL, FF_NULL, 0, 0, 0, "Sentiment" },
	END
};
static const struct field body_feedback[] = {
	{ "run_id", FT_TEXT, FF_REQUIRED, 0, 0, 0, "Run ID" },
	{ "feedback", FT_INT, FF_NULL, 0, 1, 0, "Feedback" },
	{ "comment", FT_TEXT, FF_NULL, 0, 1000, 0, "Comment" },
	END
};
static const struct field query_page[] = {
	{ "page", FT_INT, 0, 1, 2147483647, 1, "Page" },
	{ "limit", FT_INT, 0, 1, 50, 10, "Limit" },
	{ "cursor", FT_CURSOR, 0, 0, 0, 0, "Cursor" },
	END
};
static const struct field query_feedback[] = {
	{ "thread_id", FT_TEXT, 0, 0, 0, 0, "Thread ID" },
	{ "limit", FT_INT, 0, 1, 200, 50, "Limit" },
	{ "cursor", FT_CURSOR, 0, 0, 0, 0, "Cursor" },
	END
};

static const struct field query_statistics[] = {
	{ "days", FT_INT, 0, 1, 366, 30, "Days" },
	{ "tz", FT_INT, 0, -840, 840, 0, "Time zone" },
	END
};

static const struct field query_debug[] = {
	{ "limit", FT_INT, 0, 1, 200, 50, "Limit" },
	END
};

static const struct field query_state[] = {
	{ "checkpoint_ns", FT_TEXT, 0, 0, 1000, 0, "Checkpoint namespace" },
	END
};

/* Artifacts. */
static const struct field query_artifact_in[] = {
	{ "filename", FT_TEXT, 0, 0, 4096, 0, "File name" },
	{ "session_id", FT_TEXT, 0, 0, 128, 0, "Session ID" },
	{ "run_id", FT_TEXT, 0, 0, 128, 0, "Run ID" },
	{ "tool_call_id", FT_TEXT, 0, 0, 128, 0, "Tool call ID" },
	END
};
static const struct field query_artifact_list[] = {
	{ "limit", FT_INT, 0, 1, 200, 50, "Limit" },
	{ "cursor", FT_CURSOR, 0, 0, 0, 0, "Cursor" },
	END
};
static const struct field body_studio_thread[] = {
	{ "user_id", FT_TEXT, FF_NULL, 0, 0, 0, "User ID" },
	{ "title", FT_TEXT, 0, 0, 512, 0, "Title" },
	{ "id", FT_UUID, 0, 1, 0, 0, "Thread ID" },
	{ "meta", FT_OBJECT, FF_NULL, 0, 0, 0, "Meta" },
	END
};
static const struct field body_studio_change[] = {
	{ "title", FT_TEXT, FF_NULL, 0, 512, 0, "Title" },
	{ "meta", FT_OBJECT, FF_NULL, 0, 0, 0, "Meta" },
	END
};
static const struct field body_studio_title[] = {
	{ "title", FT_TEXT, FF_REQUIRED, 0, 512, 0, "Title" },
	END
};
static const struct field body_studio_config[] = {
	{ "model", FT_TEXT, FF_NULL, 1, 128, 0, "Model" },
	{ "temperature", FT_NUM, FF_NULL, 0, 2, 0, "Temperature" },
	{ "system_prompt", FT_TEXT, FF_NULL, 0, 100000, 0, "System prompt" },
	{ "context_window", FT_INT, FF_NULL, 1, 10000000, 0,
	  "Context window" },
	{ "settings", FT_OBJECT, FF_NULL, 0, 65536, 0, "Settings" },
	END
};
static const struct field query_studio_threads[] = {
	{ "user_id", FT_TEXT, 0, 0, 0, 0, "User ID" },
	{ "limit", FT_INT, 0, 1, 100, 20, "Limit" },
	{ "include_archived", FT_BOOL, 0, 0, 0, 0, "Include archived" },
	{ "cursor", FT_CURSOR, 0, 0, 0, 0, "Cursor" },
	END
};
static const struct field query_studio_config[] = {
	{ "effective", FT_BOOL, 0, 0, 0, 0, "Effective" },
	END
};
static const struct field query_studio_messages[] = {
	{ "limit", FT_INT, 0, 1, 200, 50, "Limit" },
	{ "cursor", FT_CURSOR, 0, 0, 0, 0, "Cursor" },
	END
};
static const struct field query_artifact_read[] = {
	{ "token", FT_TEXT, 0, 0, 0, 0, "Token" },
	{ "disposition", FT_TEXT, 0, 0, 0, 0, "Disposition" },
	END
};
static const struct field query_artifact_head[] = {
	{ "token", FT_TEXT, 0, 0, 0, 0, "Token" },
	END
};
static const struct field body_ingest[] = {
	{ "s3_key", FT_TEXT, FF_NULL, 0, 256, 0, "S3 key" },
	{ "sha256", FT_TEXT, FF_NULL, 0, 256, 0, "SHA-256" },
	{ "filename", FT_TEXT, FF_REQUIRED, 1, 512, 0, "File name" },
	{ "mime", FT_TEXT, FF_NULL, 0, 0, 0, "Type" },
	{ "size", FT_INT, FF_REQUIRED, 0, INT64_MAX, 0, "Size" },
	{ "session_id", FT_TEXT, FF_NULL, 0, 128, 0, "Session ID" },
	{ "run_id", FT_TEXT, FF_NULL, 0, 128, 0, "Run ID" },
	{ "tool_call_id", FT_TEXT, FF_NULL, 0, 128, 0, "Tool call ID" },
	{ "meta", FT_OBJECT, FF_NULL, 0, 65536, 0, "Meta" },
	END
};
/* ChatKit: an id is one path segment; limit and after may be empty. */
static const struct field path_chatkit[] = {
	{ "thread_id", FT_TEXT, FF_LINE, 1, 255, 0, NULL },
	END
};
static const struct field path_chatkit_item[] = {
	{ "thread_id", FT_TEXT, FF_LINE, 1, 255, 0, NULL },
	{ "item_id", FT_TEXT, FF_LINE, 1, 255, 0, NULL },
	END
};
static const struct field query_chatkit[] = {
	{ "limit", FT_TEXT, 0, 0, 0, 0, NULL },
	{ "after", FT_TEXT, FF_LINE, 0, 255, 0, NULL },
	{ "order", FT_ENUM, 0, 0, 0, 1, "asc, desc" },
	END
};
static const struct field query_chatkit_ids[] = {
	{ "type", FT_ENUM, 0, 0, 0, 0, "thread, message, tool_call, "
	  "workflow, task, attachment, sdk_hidden_context" },
	{ "n", FT_INT, 0, 1, 1000, 1, NULL },
	END
};
static const struct field body_chatkit_thread[] = {
	{ "id", FT_TEXT, FF_REQUIRED | FF_LINE, 1, 255, 0, NULL },
	{ "created_at", FT_TEXT, FF_REQUIRED, 0, 0, 0, NULL },
	{ "title", FT_TEXT, 0, 0, 0, 0, NULL },
	{ "status", FT_OBJECT, 0, 0, 0, 0, NULL },
	{ "metadata", FT_OBJECT, 0, 0, 0, 0, NULL },
	END
};
static const struct field body_chatkit_item[] = {
	{ "id", FT_TEXT, FF_REQUIRED | FF_LINE, 1, 255, 0, NULL },
	{ "type", FT_TEXT, FF_REQUIRED, 1, 64, 0, NULL },
	{ "created_at", FT_TEXT, FF_REQUIRED, 0, 0, 0, NULL },
	END
};

static const struct field path_chatkit_file[] = {
	{ "attachment_id", FT_TEXT, FF_LINE, 1, 255, 0, NULL },
	END
};
static const struct field body_chatkit_file[] = {
	{ "id", FT_TEXT, FF_REQUIRED | FF_LINE, 1, 255, 0, NULL },
	{ "name", FT_TEXT, FF_REQUIRED, 0, 0, 0, NULL },
	{ "mime_type", FT_TEXT, FF_REQUIRED, 0, 0, 0, NULL },
	{ "type", FT_TEXT, FF_REQUIRED, 0, 0, 0, NULL },
	END
};
static const struct field query_attachment_link[] = {
	{ "token", FT_TEXT, 0, 0, 0, 0, NULL },
	END
};
static const struct field query_attachment_in[] = {
	{ "id", FT_TEXT, FF_LINE, 1, 255, 0, NULL },
	END
};

/* --- threads v1 */
static const struct field v1_path[] = {
	{ "thread_id", FT_TEXT, 0, 1, 255, 0, NULL },
	END
};
static const struct field v1_path_call[] = {
	{ "tool_call_id", FT_TEXT, 0, 1, 255, 0, NULL },
	END
};
static const struct field v1_body_open[] = {
	{ "thread_id", FT_TEXT, FF_NOBLANK | FF_LINE, 1, 255, 0, NULL },
	{ "conversation_id", FT_UUID, 0, 0, 0, 0, NULL },
	{ "metadata", FT_OBJECT, 0, 0, 0, 0, NULL },
	END
};
static const struct field v1_query_list[] = {
	{ "limit", FT_INT, 0, 1, 200, 50, NULL },
	{ "cursor", FT_CURSOR, 0, 0, 0, 0, NULL },
	{ "archived", FT_ENUM, 0, 0, 0, 0, "false, true, all" },
	{ "q", FT_TEXT, 0, 1, 200, 0, NULL },
	END
};
static const struct field v1_body_change[] = {
	{ "title", FT_TEXT, FF_NULL, 0, 512, 0, NULL },
	{ "metadata", FT_OBJECT, FF_NULL, 0, 0, 0, NULL },
	{ "archived", FT_BOOL, FF_NULL, 0, 0, 0, NULL },
	END
};
static const struct field v1_query_state[] = {
	{ "limit", FT_INT, 0, 1, 1000, 1000, NULL },
	{ "cursor", FT_CURSOR, 0, 0, 0, 0, NULL },
	{ "tail", FT_BOOL, 0, 0, 0, 0, NULL },
	{ "include", FT_ENUM, 0, 0, 0, 0,
	  "state_data, interrupts, state_data,interrupts" },
	END
};
static const struct field v1_body_decide[] = {
	{ "tool_call_id", FT_TEXT, FF_REQUIRED, 1, 255, 0, NULL },
	{ "status", FT_ENUM, FF_REQUIRED, 0, 0, 0,
	  "approved, rejected, completed, failed" },
	{ "outputs", FT_OBJECT, 0, 0, 0, 0, NULL },
	{ "error_message", FT_TEXT, 0, 0, 65536, 0, NULL },
	{ "edited_inputs", FT_OBJECT, 0, 0, 0, 0, NULL },
	END
};
static const struct field v1_body_message[] = {
	{ "message_id", FT_TEXT, 0, 1, 255, 0, NULL },
	{ "role", FT_ENUM, FF_REQUIRED, 0, 0, 0,
	  "user, assistant, system, tool" },
	{ "content", FT_ANY, FF_REQUIRED, 0, 0, 0, NULL },
	{ "created_at", FT_TIME, 0, 0, 0, 0, NULL },
	{ "metadata", FT_OBJECT, 0, 0, 0, 0, NULL },
	END
};
static const struct field v1_body_call[] = {
	{ "id", FT_UUID, 0, 0, 0, 0, NULL },
	{ "tool_id", FT_TEXT, FF_REQUIRED, 1, 255, 0, NULL },
	{ "tool_name", FT_TEXT, FF_REQUIRED, 1, 255, 0, NULL },
	{ "inputs", FT_OBJECT, 0, 0, 0, 0, NULL },
	{ "status", FT_ENUM, 0, 0, 0, 0, "pending, completed, failed" },
	{ "outputs", FT_OBJECT, 0, 0, 0, 0, NULL },
	{ "error_message", FT_TEXT, 0, 0, 65536, 0, NULL },
	{ "requested_at", FT_TIME, 0, 0, 0, 0, NULL },
	{ "message_id", FT_UUID, 0, 0, 0, 0, NULL },
	{ "checkpoint_id", FT_TEXT, 0, 1, 255, 0, NULL },
	{ "metadata", FT_OBJECT, 0, 0, 0, 0, NULL },
	END
};
static const struct field v1_body_checkpoint[] = {
	{ "checkpoint_id", FT_TEXT, FF_REQUIRED, 1, 255, 0, NULL },
	{ "state_data", FT_OBJECT, FF_REQUIRED, 0, 0, 0, NULL },
	{ "created_at", FT_TIME, 0, 0, 0, 0, NULL },
	{ "metadata", FT_OBJECT, 0, 0, 0, 0, NULL },
	END
};
static const struct field v1_query_calls[] = {
	{ "status", FT_ENUM, 0, 0, 0, 0,
	  "pending, approved, rejected, completed, failed" },
	{ "limit", FT_INT, 0, 1, 500, 100, NULL },
	{ "cursor", FT_CURSOR, 0, 0, 0, 0, NULL },
	{ "order", FT_ENUM, 0, 0, 0, 0, "asc, desc" },
	END
};

/* --- live events */
static const struct field query_events[] = {
	{ "token", FT_TEXT, 0, 0, 0, 0, "Token" },
	{ "last_event_id", FT_TEXT, 0, 0, 64, 0, "Last event" },
	END
};

#define R(face, m, path, fn, who, max, args, qs, body, flags, help)	\
	{ F_##face, M_##m, path, fn, A_##who, max, args, qs, body,	\
	    flags, help, NULL }
/* Takes a file: limit is a function of the configuration. */
#define RFILE(face, m, path, fn, who, around, limit, args, qs, flags, help) \
	{ F_##face, M_##m, path, fn, A_##who, around, args, qs, NULL,	\
	    (flags) | RF_FILE | RF_SLOW, help, limit }

/* Literal paths stand before those with {parameters}. */
const struct route routes[] = {
	R(OPS, GET, "/metrics", metrics, NONE, 0,
	    NULL, NULL, NULL, 0,
	    "the scoreboard, for Prometheus"),
	R(RUNS, GET, "/health", health, NONE, 0,
	    NULL, NULL, NULL, 0,
	    "is the service up, and its database"),
	R(RUNS, GET, "/health/database", health_database, NONE, 0,
	    NULL, NULL, NULL, 0,
	    "one real statement, and how long it took"),
	R(RUNS, GET, "/initial-followup-prompts", prompts_list, USER, 0,
	    NULL, NULL, NULL, 0,
	    "suggestions for an empty conversation"),
	R(RUNS, GET, "/chat-threads", threads_list, USER, 0,
	    NULL, query_page, NULL, RF_ETAG | RF_AHEAD,
	    "threads with runs, newest first"),
	R(RUNS, GET, "/chat-threads/count", threads_count, USER, 0,
	    NULL, NULL, NULL, 0,
	    "how many threads have runs"),
	R(RUNS, POST, "/analyze", analyze, USER, KB(256),
	    NULL, NULL, body_analyze, 0,
	    "record a run and hand the request to the agent"),
	R(RUNS, POST, "/analyze/stream", analyze_stream, USER, KB(256),
	    NULL, NULL, body_analyze, 0,
	    "the same; the agent answers with server-sent events"),
	R(RUNS, POST, "/stop-execution", stop_execution, USER, KB(64),
	    NULL, NULL, body_stop, 0,
	    "ask the agent to stop a run"),
	R(RUNS, POST, "/sentiment", sentiment_set, USER, KB(64),
	    NULL, NULL, body_sentiment, 0,
	    "rate a run, or clear its rating"),
	R(RUNS, POST, "/feedback", feedback_put, USER, KB(64),
	    NULL, NULL, body_feedback, 0,
	    "a score and a comment for a run"),
	R(RUNS, GET, "/feedback", feedback_list, USER, 0,
	    NULL, query_feedback, NULL, 0,
	    "own feedback, newest first, and its delivery"),
	R(RUNS, DELETE, "/feedback/{run_id}", feedback_delete, USER, 0,
	    NULL, NULL, NULL, 0,
	    "take back score and comment, delivered ones too"),
	R(RUNS, DELETE, "/feedback/{run_id}/score", feedback_delete_score,
	    USER, 0,
	    NULL, NULL, NULL, 0,
	    "take back the score alone"),
	R(RUNS, DELETE, "/feedback/{run_id}/comment", feedback_delete_comment,
	    USER, 0,
	    NULL, NULL, NULL, 0,
	    "take back the comment alone"),
	R(RUNS, GET, "/statistics", statistics, USER, 0,
	    NULL, query_statistics, NULL, 0,
	    "runs and ratings of the last days"),
	R(RUNS, GET, "/chat/all-messages-for-all-threads", messages_all,
	    USER, 0,
	    NULL, NULL, NULL, RF_SLOW,
	    "prompts and answers of all threads"),
	R(RUNS, GET, "/chat/all-messages-for-one-thread/{thread_id}",
	    messages_thread, USER, 0,
	    NULL, NULL, NULL, RF_ETAG,
	    "a thread's prompts and answers, runs and ratings"),
	R(RUNS, GET, "/chat/{thread_id}/messages", messages_list, USER, 0,
	    NULL, NULL, NULL, RF_ETAG,
	    "a thread's prompts and answers"),
	R(RUNS, GET, "/chat/{thread_id}/state", messages_state, USER, 0,
	    NULL, query_state, NULL, RF_ETAG,
	    "a thread's newest LangGraph state, and what it waits for"),
	R(RUNS, POST, "/chat/{thread_id}/runs", run_register, USER, MB(1),
	    path_thread, NULL, body_run, RF_BODY_OPT,
	    "register a run; repeating it is harmless"),
	R(RUNS, GET, "/chat/{thread_id}/run-ids", run_ids, USER, 0,
	    NULL, NULL, NULL, RF_AHEAD,
	    "a thread's runs, oldest first"),
	R(RUNS, GET, "/chat/{thread_id}/sentiments", sentiments_list, USER, 0,
	    NULL, NULL, NULL, RF_AHEAD,
	    "a thread's ratings by run"),
	R(RUNS, GET, "/chat/{thread_id}/feedback", feedback_thread, USER, 0,
	    NULL, NULL, NULL, 0,
	    "a thread's scores and comments by run"),
	R(RUNS, DELETE, "/chat/{thread_id}", thread_delete, USER, 0,
	    NULL, NULL, NULL, 0,
	    "delete a thread and everything that hangs on it"),
	R(V1, GET, "/api/v1/events", events_all, LINK, 0,
	    NULL, query_events, NULL, 0,
	    "what changes for the owner, as it changes: SSE or WebSocket"),
	R(V1, POST, "/api/v1/events/token", events_token, USER, 0,
	    NULL, NULL, NULL, 0,
	    "a token for what cannot send a header, good for a minute"),
	R(V1, GET, "/api/v1/threads/{thread_id}/events", events_thread, LINK, 0,
	    path_thread, query_events, NULL, 0,
	    "the same, of one thread"),
	R(RUNS, GET, "/debug/chat/{thread_id}/checkpoints", debug_checkpoints,
	    USER, 0,
	    NULL, query_debug, NULL, RF_DEBUG,
	    "what LangGraph stored for a thread"),
	R(RUNS, GET, "/debug/run-id/{run_id}", debug_run, USER, 0,
	    NULL, NULL, NULL, RF_DEBUG,
	    "is this run known, and mine"),

	R(V1, POST, "/api/v1/threads", v1_open, USER, KB(256),
	    NULL, NULL, v1_body_open, RF_BODY_OPT | RF_SCAN,
	    "open a thread: a new one, or one that is there"),
	R(V1, GET, "/api/v1/threads", v1_list, USER, 0,
	    NULL, v1_query_list, NULL, 0,
	    "threads, last changed first"),
	R(V1, GET, "/api/v1/threads/health", v1_health, NONE, 0,
	    NULL, NULL, NULL, 0,
	    "does the database answer"),
	R(V1, GET, "/api/v1/threads/{thread_id}", v1_show, USER, 0,
	    v1_path, NULL, NULL, 0,
	    "one thread"),
	R(V1, PATCH, "/api/v1/threads/{thread_id}", v1_change, USER, KB(256),
	    v1_path, NULL, v1_body_change, RF_BODY_OPT | RF_SCAN,
	    "title, metadata, archived"),
	R(V1, DELETE, "/api/v1/threads/{thread_id}", v1_delete, USER, 0,
	    v1_path, NULL, NULL, 0,
	    "delete a thread and everything in it"),
	R(V1, GET, "/api/v1/threads/{thread_id}/state", v1_state, USER, 0,
	    v1_path, v1_query_state, NULL, 0,
	    "messages, tool calls and checkpoints"),
	R(V1, POST, "/api/v1/threads/{thread_id}/tool-result", v1_decide,
	    USER, MB(1),
	    v1_path, NULL, v1_body_decide, RF_SCAN,
	    "decide a tool call, or say what came of it"),
	R(V1, POST, "/api/v1/threads/{thread_id}/messages", v1_message_put,
	    USER, MB(1),
	    v1_path, NULL, v1_body_message, RF_SCAN,
	    "keep a message"),
	R(V1, POST, "/api/v1/threads/{thread_id}/tool-calls", v1_call_put,
	    AGENT, MB(1),
	    v1_path, NULL, v1_body_call, RF_SCAN,
	    "ask for a decision, or log a call"),
	R(V1, GET, "/api/v1/threads/{thread_id}/tool-calls", v1_calls, USER,
	    0,
	    v1_path, v1_query_calls, NULL, 0,
	    "a thread's tool calls"),
	R(V1, POST, "/api/v1/threads/{thread_id}/checkpoints",
	    v1_checkpoint_put, AGENT, MB(16),
	    v1_path, NULL, v1_body_checkpoint, RF_SCAN,
	    "keep a snapshot of an agent's state"),
	R(V1, GET, "/api/v1/tool-calls", v1_inbox, USER, 0,
	    NULL, v1_query_calls, NULL, 0,
	    "the owner's tool calls"),
	R(V1, GET, "/api/v1/tool-calls/{tool_call_id}", v1_call_show, USER, 0,
	    v1_path_call, NULL, NULL, 0,
	    "one tool call"),
	/* artifacts */
	RFILE(STUDIO, POST, "/api/threads/{thread_id}/artifacts",
	    artifact_upload, USER, KB(64), artifact_limit,
	    NULL, query_artifact_in, 0,
	    "store a file of a thread; the same one again is the same row"),
	R(STUDIO, GET, "/api/threads/{thread_id}/artifacts", artifact_list,
	    USER, 0,
	    NULL, query_artifact_list, NULL, RF_ETAG,
	    "a thread's files, newest first"),
	R(STUDIO, POST, "/api/threads/{thread_id}/artifacts/ingest",
	    artifact_ingest, AGENT, KB(64),
	    NULL, NULL, body_ingest, 0,
	    "register an object that an agent put into S3"),
	R(STUDIO, GET, "/api/artifacts/{artifact_id}", artifact_read, LINK, 0,
	    NULL, query_artifact_read, NULL, 0,
	    "a file's bytes, by its link or as its owner"),
	R(STUDIO, GET, "/api/artifacts/{artifact_id}/download", artifact_read,
	    LINK, 0,
	    NULL, query_artifact_read, NULL, 0,
	    "the same"),
	R(STUDIO, GET, "/api/artifacts/{artifact_id}/head", artifact_head,
	    LINK, 0,
	    NULL, query_artifact_head, NULL, 0,
	    "what is known of a file"),
	R(STUDIO, DELETE, "/api/artifacts/{artifact_id}", artifact_delete,
	    USER, 0,
	    NULL, NULL, NULL, 0,
	    "delete a file; its bytes go with the last reference"),
	R(CHATKIT, POST, "/chatkit", chatkit, USER, MB(32),
	    NULL, NULL, NULL, RF_DOC_ANY | RF_SCAN,
	    "ChatKit's protocol: answered, or handed to the agent"),
	R(CHATKIT, GET, "/chatkit/store/ids", ck_ids, STORE, 0,
	    NULL, query_chatkit_ids, NULL, 0,
	    "new ids"),
	R(CHATKIT, GET, "/chatkit/store/threads", ck_thread_list, STORE, 0,
	    NULL, query_chatkit, NULL, 0,
	    "threads' documents, by their created_at"),
	R(CHATKIT, GET, "/chatkit/store/threads/{thread_id}", ck_thread_show,
	    STORE, 0,
	    path_chatkit, NULL, NULL, 0,
	    "a thread's document"),
	R(CHATKIT, PUT, "/chatkit/store/threads/{thread_id}", ck_thread_save,
	    STORE, KB(256),
	    path_chatkit, NULL, body_chatkit_thread, RF_DOC | RF_SCAN,
	    "save a thread's document"),
	R(CHATKIT, DELETE, "/chatkit/store/threads/{thread_id}",
	    ck_thread_delete, STORE, 0,
	    path_chatkit, NULL, NULL, 0,
	    "delete a thread and everything that hangs on it"),
	R(CHATKIT, GET, "/chatkit/store/threads/{thread_id}/feedback",
	    ck_ratings, STORE, 0,
	    path_chatkit, query_chatkit, NULL, 0,
	    "ratings of a thread's items"),
	R(CHATKIT, GET, "/chatkit/store/threads/{thread_id}/items",
	    ck_item_list, STORE, 0,
	    path_chatkit, query_chatkit, NULL, 0,
	    "items' documents, by their created_at"),
	R(CHATKIT, POST, "/chatkit/store/threads/{thread_id}/items",
	    ck_item_add, STORE, MB(8),
	    path_chatkit, NULL, body_chatkit_item, RF_DOC | RF_SCAN,
	    "add an item; never replaces one"),
	R(CHATKIT, GET, "/chatkit/store/threads/{thread_id}/items/{item_id}",
	    ck_item_show, STORE, 0,
	    path_chatkit_item, NULL, NULL, 0,
	    "an item's document"),
	R(CHATKIT, PUT, "/chatkit/store/threads/{thread_id}/items/{item_id}",
	    ck_item_save, STORE, MB(8),
	    path_chatkit_item, NULL, body_chatkit_item, RF_DOC | RF_SCAN,
	    "save an item, new or not; it keeps its place"),
	R(CHATKIT, DELETE,
	    "/chatkit/store/threads/{thread_id}/items/{item_id}",
	    ck_item_delete, STORE, 0,
	    path_chatkit_item, NULL, NULL, 0,
	    "delete an item"),
	R(CHATKIT, GET, "/chatkit/store/attachments/{attachment_id}",
	    ck_attachment_show, STORE, 0,
	    path_chatkit_file, NULL, NULL, 0,
	    "an attachment's document"),
	R(CHATKIT, PUT, "/chatkit/store/attachments/{attachment_id}",
	    ck_attachment_save, STORE, KB(256),
	    path_chatkit_file, NULL, body_chatkit_file, RF_DOC | RF_SCAN,
	    "save an attachment's document"),
	R(CHATKIT, DELETE, "/chatkit/store/attachments/{attachment_id}",
	    ck_attachment_delete, STORE, 0,
	    path_chatkit_file, NULL, NULL, 0,
	    "delete an attachment"),
	R(STUDIO, GET, "/healthz", studio_health, NONE, 0,
	    NULL, NULL, NULL, 0,
	    "the process answers; no database"),
	R(STUDIO, POST, "/api/threads", studio_create, USER, KB(64),
	    NULL, NULL, body_studio_thread, RF_BODY_OPT,
	    "make a thread, or find it again by its client's id"),
	R(STUDIO, GET, "/api/threads", studio_list, USER, 0,
	    NULL, query_studio_threads, NULL, RF_ETAG,
	    "threads of all faces, newest first"),
	R(STUDIO, GET, "/api/config/defaults", studio_defaults, USER, 0,
	    NULL, NULL, NULL, 0,
	    "settings of a thread that has none"),
	R(STUDIO, GET, "/api/threads/{id}", studio_show, USER, 0,
	    NULL, NULL, NULL, RF_ETAG,
	    "one thread"),
	R(STUDIO, PATCH, "/api/threads/{id}", studio_change, USER, KB(64),
	    NULL, NULL, body_studio_change, RF_BODY_OPT,
	    "change its title and its meta"),
	R(STUDIO, DELETE, "/api/threads/{id}", studio_drop, USER, 0,
	    NULL, NULL, NULL, 0,
	    "delete it and everything that hangs on it"),
	R(STUDIO, POST, "/api/threads/{id}/archive", studio_archive, USER, 0,
	    NULL, NULL, NULL, 0,
	    "hide it from the list"),
	R(STUDIO, POST, "/api/threads/{id}/unarchive", studio_unarchive,
	    USER, 0,
	    NULL, NULL, NULL, 0,
	    "show it in the list again"),
	R(STUDIO, PATCH, "/api/threads/{id}/title", studio_rename,
	    USER, KB(64),
	    NULL, NULL, body_studio_title, 0,
	    "rename it"),
	R(STUDIO, POST, "/api/threads/{id}/title/auto", studio_title, USER, 0,
	    NULL, NULL, NULL, 0,
	    "name it after its first message"),
	R(STUDIO, GET, "/api/threads/{id}/config", studio_config, USER, 0,
	    NULL, query_studio_config, NULL, 0,
	    "its settings, or the defaults"),
	R(STUDIO, POST, "/api/threads/{id}/config", studio_config_put,
	    USER, MB(1),
	    NULL, NULL, body_studio_config, RF_BODY_OPT,
	    "change some of its settings"),
	R(STUDIO, DELETE, "/api/threads/{id}/config", studio_config_drop,
	    USER, 0,
	    NULL, NULL, NULL, 0,
	    "back to the defaults"),
	R(STUDIO, GET, "/api/threads/{id}/state", studio_state, USER, 0,
	    NULL, NULL, NULL, 0,
	    "tokens that its state counts, and its context window"),
	R(STUDIO, GET, "/api/threads/{id}/messages", studio_messages, USER, 0,
	    NULL, query_studio_messages, NULL, RF_ETAG,
	    "its messages, newest first"),
	R(STUDIO, POST, "/api/threads/{id}/messages", studio_message,
	    USER, MB(4),
	    NULL, NULL, NULL, RF_DOC,
	    "a user's message for the agent, or what an agent stores"),
	R(STUDIO, GET, "/api/users/{user_id}/api-keys", studio_keys, USER, 0,
	    NULL, NULL, NULL, 0,
	    "masks of the own API keys"),
	R(STUDIO, POST, "/api/users/{user_id}/api-keys", studio_keys_put,
	    USER, KB(64),
	    NULL, NULL, NULL, RF_DOC_ANY | RF_BODY_OPT,
	    "seal and store API keys"),
	R(STUDIO, DELETE, "/api/users/{user_id}/api-keys", studio_keys_drop,
	    USER, 0,
	    NULL, NULL, NULL, 0,
	    "forget them"),
	R(STUDIO, GET, "/api/users/{user_id}/api-keys/raw", studio_keys_raw,
	    AGENT, 0,
	    NULL, NULL, NULL, RF_LOG,
	    "the owner's API keys, for agents alone"),
	/* attachments */
	RFILE(CHATKIT, POST, "/chatkit/attachments", attachment_direct, USER,
	    KB(64), attachment_limit,
	    NULL, query_attachment_in, 0,
	    "store a file that a user sends along, in one step"),
	R(CHATKIT, DELETE, "/chatkit/attachments/{attachment_id}",
	    ck_attachment_delete, USER, 0,
	    path_chatkit_file, NULL, NULL, 0,
	    "delete a file; its bytes go with the last reference"),
	RFILE(CHATKIT, POST, "/chatkit/attachments/{attachment_id}/upload",
	    attachment_upload, LINK, KB(64), attachment_limit,
	    path_chatkit_file, query_attachment_link, 0,
	    "a file's bytes, by its link or from its owner"),
	RFILE(CHATKIT, PUT, "/chatkit/attachments/{attachment_id}/upload",
	    attachment_upload, LINK, KB(64), attachment_limit,
	    path_chatkit_file, query_attachment_link, 0,
	    "the same"),
	R(CHATKIT, GET, "/chatkit/attachments/{attachment_id}/preview",
	    attachment_show, LINK, 0,
	    path_chatkit_file, query_attachment_link, NULL, 0,
	    "an image, by its link or as its owner"),
	R(CHATKIT, GET, "/chatkit/attachments/{attachment_id}/content",
	    attachment_content, USER, 0,
	    path_chatkit_file, NULL, NULL, 0,
	    "a file, as a download"),
};
const size_t nroutes = nitems(routes);
_Static_assert(nitems(routes) < BOARD_ROUTES, "metrics need a row per route");
