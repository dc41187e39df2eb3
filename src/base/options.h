/*
 * options.h: every option, once.
 *	O(type, NAME, field, default, reload, min, max, help)
 * type:   STR, INT and REAL (min..max), BOOL, LIST (comma-separated), SECRET
 *         and SECRETS (a STR and a LIST that are masked wherever they are
 *         shown), JSON (a JSON array of strings)
 * reload: HUP may change it; the others need a restart.
 * A default of NULL means "not set".
 */
O(SECRET, DATABASE_URL,		database_url,	NULL, true, 0, 0,
    "libpq URI of the owner role; fallback of the two below")
O(SECRET, BOBBIN_APP_DATABASE_URL, app_url,	NULL, true, 0, 0,
    "libpq URI of the workers' role")
O(SECRET, BOBBIN_JOBS_DATABASE_URL, jobs_url,	NULL, true, 0, 0,
    "libpq URI of the role of bobbin jobs")
O(BOOL, DATABASE_PREPARE,	db_prepare,	"on", true, 0, 0,
    "prepare statements; off behind PgBouncer in transaction mode")
O(INT, DATABASE_TIMEOUT_MS,	db_timeout,	"8000", true, 100, 600000,
    "milliseconds before a pipeline is cancelled")
O(STR, BOBBIN_SOCKET,		sock,		"/run/bobbin/bobbin.sock",
    false, 0, 0, "FastCGI socket of the quick pool")
O(STR, BOBBIN_SLOW_SOCKET,	slow_sock,	"/run/bobbin/slow.sock",
    false, 0, 0, "FastCGI socket of the slow pool")
O(STR, BOBBIN_SOCKET_OWNER,	sock_owner,	NULL, false, 0, 0,
    "user that the sockets belong to")
O(STR, BOBBIN_SOCKET_GROUP,	sock_group,	NULL, false, 0, 0,
    "group that the sockets belong to: the web server's")
O(LIST, BOBBIN_PEERS,		peers,		"root,www-data", true, 0, 0,
    "users that may open the sockets, besides our own")
O(STR, BOBBIN_USER,		user,		NULL, false, 0, 0,
    "user to become when started as root")
O(STR, BOBBIN_GROUP,		group,		NULL, false, 0, 0,
    "group to become; default: the user's")
O(INT, BOBBIN_WORKERS,		workers,	"4", true, 1, 256,
    "workers of the quick pool")
O(INT, BOBBIN_SLOW_WORKERS,	slow_workers,	"2", true, 0, 64,
    "workers of the slow pool")
O(INT, BOBBIN_MAX_REQUESTS,	max_requests,	"500000", true, 0, 1000000000,
    "requests before a worker is replaced; 0: never")
O(INT, BOBBIN_MAX_CONNECTIONS,	max_conns,	"256", true, 1, 4096,
    "kept connections that one worker holds")
O(INT, BOBBIN_IO_TIMEOUT_MS,	io_timeout,	"5000", true, 10, 600000,
    "milliseconds that a peer may be silent within a request")
O(INT, BOBBIN_WATCHDOG_SECONDS,	watchdog,	"20", true, 1, 3600,
    "seconds that one request may take in the quick pool")
O(INT, BOBBIN_SLOW_WATCHDOG_SECONDS, slow_watchdog, "300", true, 1, 86400,
    "seconds that one request may take in the slow pool")
O(INT, BOBBIN_DRAIN_SECONDS,	drain,		"30", true, 1, 3600,
    "seconds that TERM waits for requests under way")
O(INT, BOBBIN_MEMORY_MB,	memory,		"1024", false, 64, 1048576,
    "address space of one worker, in MiB (RLIMIT_AS)")
O(STR, LOG_LEVEL,		log_level,	"info", true, 0, 0,
    "error, warn, info or debug")
O(STR, LOG_FILE,		log_file,	NULL, true, 0, 0,
    "log file; default: standard error")
O(STR, JWT_HEADER,		jwt_header,	"Authorization", true, 0, 0,
    "request header that carries the token")
O(SECRET, JWT_HS256_SECRET,	jwt_secret,	NULL, true, 0, 0,
    "shared secret, 32 bytes at least")
O(STR, JWT_JWKS_FILE,		jwks_file,	NULL, true, 0, 0,
    "file with the issuer's keys (RFC 7517)")
O(STR, JWT_JWKS_URL,		jwks_url,	NULL, true, 0, 0,
    "where bobbin jobs fetches JWT_JWKS_FILE from")
O(INT, JWT_JWKS_REFRESH_SECONDS, jwks_refresh,	"3600", true, 10, 604800,
    "seconds between two fetches")
O(INT, JWT_JWKS_MAX_AGE_HOURS,	jwks_max_age,	"72", true, 1, 8760,
    "hours that fetched keys stay good while the issuer is down")
O(LIST, JWT_ISSUER,		jwt_iss,	NULL, true, 0, 0,
    "issuers that are accepted; not set: any")
O(LIST, JWT_AUDIENCE,		jwt_aud,	NULL, true, 0, 0,
    "audiences that are accepted; not set: any")
O(INT, JWT_LEEWAY_SECONDS,	jwt_leeway,	"30", true, 0, 60,
    "clock skew that is tolerated")
O(LIST, CORS_ALLOWED_ORIGINS,	cors,		NULL, true, 0, 0,
    "origins of browser pages; alias CORS_ORIGINS")
O(STR, AGENT_LOCATION,		agent,		NULL, true, 0, 0,
    "nginx location of the agent, such as @agent")
O(INT, BULK_CACHE_SECONDS,	bulk_cache,	"0", true, 0, 3600,
    "max-age of the bulk reading route")
O(JSON, INITIAL_FOLLOWUP_PROMPTS, prompts,
    "[\"What can you help me with?\","
    "\"What data do you know about?\","
    "\"Show me an example question.\"]", true, 0, 0,
    "JSON array of 1 to 20 strings")
O(STR, CHECKPOINT_SCHEMA,	ckpt_schema,	NULL, true, 0, 0,
    "schema of LangGraph's tables; default: the search path")
O(INT, CHECKPOINT_MAX_ROWS,	ckpt_rows,	"20000", true, 1, 1000000,
    "checkpoints that are read of one thread")
O(INT, CHECKPOINT_MAX_BYTES,	ckpt_bytes,	"67108864", true, 1024,
    1073741824, "bytes of one state that is read from LangGraph's tables")
O(SECRET, LANGGRAPH_AES_KEY,	ckpt_key,	NULL, true, 0, 0,
    "key of LangGraph's encrypted states: 16, 24 or 32 bytes")
O(STR, CHECKPOINT_PRUNE,	prune,		"off", true, 0, 0,
    "keep-latest: bobbin jobs prunes checkpoints every hour; off: never")
O(INT, CHECKPOINT_PRUNE_AGE,	prune_age,	"24", true, 1, 87600,
    "hours that a thread's newest state must have rested before")
O(INT, CHECKPOINT_PRUNE_KEEP,	prune_keep,	"1", true, 1, 1000,
    "newest checkpoints of each namespace that stay")
O(INT, CHECKPOINT_PRUNE_BATCH,	prune_batch,	"5000", true, 1, 1000000,
    "rows that one transaction of pruning removes at most")
O(BOOL, DEBUG_ROUTES,		debug_routes,	"on", true, 0, 0,
    "answer /debug/...")
O(SECRET, LANGSMITH_API_KEY,	ls_key,		NULL, true, 0, 0,
    "deliver feedback to LangSmith; alias LANGCHAIN_API_KEY")
O(STR, LANGSMITH_ENDPOINT,	ls_endpoint,
    "https://api.smith.langchain.com", true, 0, 0,
    "LangSmith's base URL; alias LANGCHAIN_ENDPOINT")
O(STR, LANGSMITH_PROJECT,	ls_project,	NULL, true, 0, 0,
    "project whose session id is asked for; alias LANGCHAIN_PROJECT")
O(STR, LANGSMITH_PROJECT_ID,	ls_project_id,	NULL, true, 0, 0,
    "session id, if known")
O(STR, LANGSMITH_WORKSPACE_ID,	ls_workspace,	NULL, true, 0, 0,
    "sent as X-Tenant-Id")
O(INT, LANGSMITH_MAX_AGE_HOURS,	ls_max_age,	"72", true, 1, 8760,
    "hours before undeliverable feedback is dead")
O(INT, JOBS_PERIOD_SECONDS,	jobs_period,	"2", true, 1, 3600,
    "seconds between two looks at the outbox")
O(SECRET, LANGGRAPH_CHECKPOINT_DB_URL, ckpt_url, NULL, true, 0, 0,
    "where LangGraph stores; must be the database of DATABASE_URL")
O(SECRETS, EVENTS_SECRET,	event_secrets,	NULL, true, 0, 0,
    "turns live events on; names channels, signs tokens: the first one")
O(STR, EVENTS_PUBLISH,		event_socket,
    "/run/bobbin-events/publish.sock", true, 0, 0,
    "unix socket where nginx takes events")
O(INT, EVENTS_POLL_MS,		event_poll,	"250", true, 10, 60000,
    "milliseconds between two looks for events")
O(SECRET, IMPORT_DATABASE_URL,	import_url,	NULL, true, 0, 0,
    "database that bobbin import reads")
O(STR, DEFAULT_MODEL,		model,		"gpt-4o", true, 0, 0,
    "model of threads that name none")
O(REAL, DEFAULT_TEMPERATURE,	temperature,	"0.7", true, 0, 2,
    "temperature of threads that name none")
O(INT, CONTEXT_WINDOW,		context_window,	"30000", true, 1, 10000000,
    "tokens of threads that name no context window")
O(STR, AUTO_TITLE,		auto_title,	"first_message", true, 0, 0,
    "first_message: it names a thread called New chat; off")
O(STR, AGENT_MISSING,		agent_missing,	"store", true, 0, 0,
    "without an agent, a message is answered with 202 (store) or a stream")
O(SECRETS, ARTIFACTS_SECRET,	link_secrets,	NULL, true, 0, 0,
    "keys of links to files; the first signs, all verify")
O(INT, ARTIFACTS_TOKEN_TTL_SECONDS, link_ttl,	"86400", true, 60, 604800,
    "seconds that a link to an artifact is good")
O(STR, ARTIFACTS_PUBLIC_BASE_URL, public_url,	NULL, true, 0, 0,
    "what links to files begin with; default: relative")
O(LIST, ARTIFACTS_INLINE_TYPES,	inline_types,	NULL, true, 0, 0,
    "further types that a browser may show instead of saving")
O(STR, BLOBSTORE_DIR,		blob_dir,	"/var/lib/bobbin/blobs", true,
    0, 0, "directory of the bytes of files")
O(INT, MAX_ARTIFACT_SIZE_MB,	artifact_mb,	"50", true, 1, 10240,
    "MiB of one artifact")
O(INT, BLOB_GRACE_SECONDS,	blob_grace,	"86400", true, 1, 31536000,
    "seconds that bytes nobody refers to are kept")
O(STR, S3_BUCKET,		s3_bucket,	NULL, true, 0, 0,
    "bucket of the bytes of files; default: BLOBSTORE_DIR alone")
O(STR, AWS_ACCESS_KEY_ID,	aws_key_id,	NULL, true, 0, 0,
    "id of the bucket's key")
O(SECRET, AWS_SECRET_ACCESS_KEY, aws_secret,	NULL, true, 0, 0,
    "the bucket's key")
O(SECRET, AWS_SESSION_TOKEN,	aws_token,	NULL, true, 0, 0,
    "token of a temporary key")
O(STR, AWS_REGION,		aws_region,	"eu-central-1", true, 0, 0,
    "the bucket's region")
O(STR, S3_ENDPOINT,		s3_endpoint,	NULL, true, 0, 0,
    "base URL of another S3 server than Amazon's")
O(INT, S3_PRESIGN_SECONDS,	s3_presign,	"86400", true, 1, 86400,
    "seconds that a link into the bucket is good")
O(SECRETS, ENCRYPTION_KEY,	enc_keys,	NULL, true, 0, 0,
    "Fernet keys of users' API keys; the first seals, all open")
O(STR, ENCRYPTION_KEY_FILE,	enc_key_file,	NULL, true, 0, 0,
    "file with such keys, one a line")
O(STR, CHATKIT_STORE_ACCESS,	ck_store_access, "agent", true, 0, 0,
    "who may call /chatkit/store: agent, or user, too")
O(INT, CHATKIT_UPLOAD_TTL,	ck_upload_ttl,	"3600", true, 60, 604800,
    "seconds that a link to upload an attachment is good")
O(INT, CHATKIT_PREVIEW_TTL,	ck_preview_ttl,	"86400", true, 60, 604800,
    "seconds that a link to an attachment's preview is good")
O(INT, CHATKIT_ATTACHMENT_MAX_MB, ck_attachment_mb, "100", true, 1, 10240,
    "MiB of one attachment")
O(INT, CHATKIT_UPLOAD_EXPIRY_HOURS, ck_upload_expiry, "24", true, 1, 8760,
    "hours before an attachment without bytes is removed")
O(INT, CHATKIT_RETENTION_DAYS,	ck_retention,	"0", true, 0, 36500,
    "days of rest after which ChatKit's threads are removed; 0: never")
