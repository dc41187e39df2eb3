#ifndef API_API_H
#define API_API_H

#include "http/req.h"

/*
 * Handlers, one per row of routes[].  Each returns RC_OK after reply(), or an
 * rc that http/status.c makes a failure of.  A handler checks no access and
 * names no owner: the gate did, and the owner is $1 of every statement.
 */

/* runs.c */
enum rc	run_register(struct req *);
enum rc	threads_list(struct req *);
enum rc	threads_count(struct req *);
enum rc	thread_delete(struct req *);
enum rc	run_ids(struct req *);
enum rc	prompts_list(struct req *);

/*
 * The run of this request: registered, or found again.  row has the columns
 * run_id, thread_id, prompt, timestamp, sentiment, created.  RC_CONFLICT says
 * no more than "taken".
 */
enum { RUN_CREATED = 5 };
enum rc	run_record(struct req *, const char *thread, const struct value *prompt,
	    const struct value *run, struct db_res **row) MUST_CHECK;

/* feedback.c */
enum rc	sentiment_set(struct req *);
enum rc	sentiments_list(struct req *);
enum rc	feedback_put(struct req *);
enum rc	feedback_list(struct req *);
enum rc	feedback_thread(struct req *);
enum rc	feedback_delete(struct req *);
enum rc	feedback_delete_score(struct req *);
enum rc	feedback_delete_comment(struct req *);

/* statistics.c */
enum rc	statistics(struct req *);

/* analyze.c */
enum rc	analyze(struct req *);
enum rc	analyze_stream(struct req *);
enum rc	stop_execution(struct req *);

/* messages.c */
enum rc	messages_list(struct req *);
enum rc	messages_thread(struct req *);
enum rc	messages_all(struct req *);
enum rc	messages_state(struct req *);

/* debug.c */
enum rc	debug_run(struct req *);
enum rc	debug_checkpoints(struct req *);

/* v1threads.c */
enum rc	v1_open(struct req *);
enum rc	v1_list(struct req *);
enum rc	v1_show(struct req *);
enum rc	v1_change(struct req *);
enum rc	v1_delete(struct req *);
enum rc	v1_health(struct req *);

/* v1state.c */
enum rc	v1_state(struct req *);

/* v1calls.c */
enum rc	v1_decide(struct req *);
enum rc	v1_calls(struct req *);
enum rc	v1_inbox(struct req *);
enum rc	v1_call_show(struct req *);

/* v1writes.c */
enum rc	v1_message_put(struct req *);
enum rc	v1_call_put(struct req *);
enum rc	v1_checkpoint_put(struct req *);

/* events.c */
enum rc	events_all(struct req *);
enum rc	events_thread(struct req *);
enum rc	events_token(struct req *);

/* chatkit.c, ckthreads.c, ckitems.c, ckfiles.c */
enum rc	chatkit(struct req *);
enum rc	ck_ids(struct req *);
enum rc	ck_thread_list(struct req *);
enum rc	ck_thread_show(struct req *);
enum rc	ck_thread_save(struct req *);
enum rc	ck_thread_delete(struct req *);
enum rc	ck_item_list(struct req *);
enum rc	ck_item_add(struct req *);
enum rc	ck_item_show(struct req *);
enum rc	ck_item_save(struct req *);
enum rc	ck_item_delete(struct req *);
enum rc	ck_ratings(struct req *);
enum rc	ck_attachment_show(struct req *);
enum rc	ck_attachment_save(struct req *);
enum rc	ck_attachment_delete(struct req *);

/* health.c */
enum rc	health(struct req *);
enum rc	health_database(struct req *);
enum rc	metrics(struct req *);

/* artifacts.c */
enum rc	artifact_upload(struct req *);
enum rc	artifact_ingest(struct req *);
enum rc	artifact_list(struct req *);
enum rc	artifact_read(struct req *);
enum rc	artifact_head(struct req *);
enum rc	artifact_delete(struct req *);
/* Bytes of one artifact. */
size_t	artifact_limit(const struct conf *);
/* Its link, with a token if there is a secret (studio.md, 7.3). */
void	artifact_url(struct req *, struct buf *, const char *id);

/* studio.c */
enum rc	studio_health(struct req *);

/* studio_threads.c */
enum rc	studio_create(struct req *);
enum rc	studio_list(struct req *);
enum rc	studio_show(struct req *);
enum rc	studio_change(struct req *);
enum rc	studio_rename(struct req *);
enum rc	studio_title(struct req *);
enum rc	studio_archive(struct req *);
enum rc	studio_unarchive(struct req *);
enum rc	studio_drop(struct req *);

/* studio_config.c */
enum rc	studio_defaults(struct req *);
enum rc	studio_config(struct req *);
enum rc	studio_config_put(struct req *);
enum rc	studio_config_drop(struct req *);
enum rc	studio_state(struct req *);

/* studio_keys.c */
enum rc	studio_keys(struct req *);
enum rc	studio_keys_put(struct req *);
enum rc	studio_keys_drop(struct req *);
enum rc	studio_keys_raw(struct req *);

/* studio_messages.c */
enum rc	studio_messages(struct req *);
enum rc	studio_message(struct req *);

/* attachments.c */
enum rc	attachment_upload(struct req *);
enum rc	attachment_direct(struct req *);
enum rc	attachment_show(struct req *);
enum rc	attachment_content(struct req *);
/* Bytes of one attachment. */
size_t	attachment_limit(const struct conf *);

/*
 * A position in a list: parts joined and made URL-safe, at most 256 bytes,
 * or 1024 of a strict face; NULL when they are longer.  id is any text; time
 * may be NULL.
 */
const char	*cursor_make(struct req *, const char *time, const char *id);
/*
 * Taken apart again: time is as cursor_make() got it, checked; NULL there
 * means that it was SQL NULL.  False after fields_refuse().
 */
bool		 cursor_take(struct req *, const struct value *,
		    const char **time, const char **id);

#endif
