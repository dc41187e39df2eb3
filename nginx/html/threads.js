/* threads.js: the owner's threads as far as they are loaded. */
import { chat, get, patch, query, remove, v1 } from "./api.js";
import { failed, line, say, toast } from "./dom.js";
import { on_event } from "./live.js";
import { sort_key } from "./time.js";

const PAGE = 50;

/* By thread_id: { count, prompt (the first) }, of the runs face. */
let runs, rows, gone, cursor, runs_cursor, generation = 0;

export const threads = {
	q: "",
	archived: "false",
	done: false,
	loading: false,
	error: null,
	total: null,
};
const watchers = new Set();
const deletions = new Map();
const asked = new Set();	/* by name_threads */
const asking = new Map();	/* by one_thread */
const lost = new Set();		/* deleted by others */
const told = new Map();		/* by events: when, as they are counted */
let tells = 0;

export function on_threads(fn)
{
	watchers.add(fn);
	return () => watchers.delete(fn);
}

function changed()
{
	for (const fn of watchers)
		fn();
}

export function reset_threads()
{
	generation++;
	rows = new Map();
	runs = new Map();
	gone = new Set();
	asked.clear();
	asking.clear();
	lost.clear();
	told.clear();
	/* They are not the next user's. */
	deletions.clear();
	cursor = runs_cursor = null;
	Object.assign(threads, { q: "", archived: "false", done: false,
	    loading: false, error: null, total: null });
}
reset_threads();

const fits = t => threads.archived === "all" ||
	(t.archived_at !== null) === (threads.archived === "true");

export const run_count = t => runs.get(t.thread_id)?.count ?? null;

/* A thread without a title goes by its first prompt. */
export const title_of = t => line(t.title || runs.get(t.thread_id)?.prompt
	.slice(0, 300) || "") || "Untitled: " + line(t.thread_id).slice(0, 40);

/* What the list shows, newest first. */
export function listed()
{
	const q = threads.q.toLowerCase();
	const all = [...rows.values()].filter(t => !gone.has(t.thread_id) &&
	    fits(t) && (q === "" || t.found === threads.q ||
	    title_of(t).toLowerCase().includes(q)));

	/* Below the last page more may come in between. */
	return all.sort((a, b) => a.key < b.key ? 1 : a.key > b.key ? -1 :
	    a.conversation_id < b.conversation_id ? 1 : -1);
}

export const known = id => rows.get(id) ?? null;

function put(t)
{
	const old = rows.get(t.thread_id);

	lost.delete(t.thread_id);
	rows.set(t.thread_id, { ...t, key: sort_key(t.updated_at),
	    found: old?.found });
	return rows.get(t.thread_id);
}

const list_path = after => "/api/v1/threads?" + query({ limit: PAGE,
	cursor: after, q: threads.q, archived: threads.archived });

async function load_runs(after)
{
	const page = await get("/chat-threads?" + query({ limit: PAGE,
	    cursor: after }));

	for (const t of page.threads)
		runs.set(t.thread_id, { count: t.run_count,
		    prompt: t.full_prompt });
	threads.total = page.total_count;
	return page.next_cursor;
}

/* The next page; and of the runs', whose order is nearly the same. */
export async function more_threads()
{
	const mine = generation, first = cursor === null;

	if (threads.loading || threads.done)
		return;
	threads.loading = true;
	threads.error = null;
	changed();
	try {
		const [page, next] = await Promise.all([
		    get(list_path(cursor)),
		    threads.q === "" && (first || runs_cursor !== null) ?
			load_runs(first ? null : runs_cursor) : runs_cursor]);

		if (mine !== generation)
			return;
		for (const t of page.threads)
			put(t).found = threads.q || undefined;
		cursor = page.next_cursor;
		runs_cursor = next;
		threads.done = !page.has_more;
	} catch (e) {
		if (mine === generation)
			threads.error = e;
	} finally {
		if (mine === generation) {
			threads.loading = false;
			changed();
		}
	}
}

export function search_threads(q, archived)
{
	if (q === threads.q && archived === threads.archived)
		return;
	generation++;
	/* What is known stays findable by its first prompt. */
	cursor = null;
	if (archived !== threads.archived || q === "")
		rows = new Map();
	Object.assign(threads, { q, archived, done: false, loading: false });
	more_threads();
}

/*
 * The first page again: rows that it should hold and does not are gone.  What
 * an event told while it was on its way is newer than it.
 */
async function refresh_threads()
{
	const mine = generation, since = tells;
	const newer = id => told.get(id) > since;

	if (threads.loading)
		return;
	if (rows.size === 0) {
		threads.done = false;
		await more_threads();
		return;
	}
	try {
		const [page] = await Promise.all([get(list_path(null)),
		    threads.q === "" ? load_runs(null) : null]);
		const here = new Set(page.threads.map(t => t.thread_id));
		const last = page.has_more ?
		    sort_key(page.threads.at(-1).updated_at) : "";

		if (mine !== generation)
			return;
		if (threads.q === "")
			for (const [id, t] of rows)
				if (t.key > last && !here.has(id) && fits(t) &&
				    !newer(id))
					rows.delete(id);
		for (const t of page.threads)
			if (!newer(t.thread_id))
				put(t).found = threads.q || undefined;
		threads.error = null;
		changed();
	} catch (e) {
		if (mine === generation && rows.size === 0) {
			threads.error = e;
			changed();
		}
	}
}

/* Rows on the screen that nobody named yet; called when scrolling rests. */
export async function name_threads(some)
{
	for (const t of some) {
		const id = t.thread_id;

		if (t.title || runs.has(id) || asked.has(id))
			continue;
		asked.add(id);
		try {
			const of = await get(chat(id) + "/run-ids");

			note_runs(id, of.run_ids);
		} catch {
			return;
		}
	}
}

/* The runs of one thread, oldest first, were read for another reason. */
export function note_runs(id, list)
{
	if (list.length === 0)
		return;
	runs.set(id, { count: list.length, prompt: list[0].prompt ?? "" });
	changed();
}

/* Many events of a thread that nobody knows are one question. */
export function one_thread(id)
{
	const mine = generation;

	if (!asking.has(id))
		asking.set(id, get(v1(id)).then(t => {
			/* The list may be another one by now, or another's. */
			if (mine !== generation)
				return t;
			const row = put(t);

			changed();
			return row;
		}).finally(() => asking.delete(id)));
	return asking.get(id);
}

/* --- What its owner does with a thread */

export async function change_thread(t, what, done)
{
	try {
		put(await patch(v1(t.thread_id), what));
		changed();
		say(done);
	} catch (e) {
		failed(e);
	}
}

export async function set_archived(t, archived)
{
	await change_thread(t, { archived },
	    archived ? "Archived" : "Back from the archive");
	if (known(t.thread_id)?.archived_at !== null === archived)
		toast("“" + title_of(t) + "” " + (archived ?
		    "is archived." : "is no longer archived."),
		    { action: () => change_thread(t,
			{ archived: !archived }, "Undone"), label: "Undo" });
}

/* The request goes out when the time to undo is over, or with the page. */
export function delete_thread(t)
{
	const id = t.thread_id;
	const now = async keepalive => {
		if (!deletions.delete(id))
			return;
		try {
			await remove(v1(id), { keepalive });
			rows.delete(id);
			runs.delete(id);
		} catch (e) {
			gone.delete(id);
			failed(e);
		}
		gone.delete(id);
		changed();
	};
	const back = () => {
		deletions.delete(id);
		gone.delete(id);
		changed();
		say("Not deleted");
	};

	if (deletions.has(id))
		return;
	gone.add(id);
	deletions.set(id, { now, ...toast("“" + title_of(t) +
	    "” is deleted.", { action: back, label: "Undo", ms: 10000,
	    gone: () => now(false) }) });
	changed();
}

export const is_gone = id => gone.has(id);
export const is_lost = id => lost.has(id);

/* Control Z: the last deletion that can be undone. */
export function undo_last()
{
	const last = [...deletions.values()].at(-1);

	last?.undo();
	return last !== undefined;
}

export function flush_deletions()
{
	for (const d of [...deletions.values()]) {
		d.close();
		d.now(true);
	}
}
addEventListener("pagehide", flush_deletions);

/* --- What others did */

on_event(event => {
	const id = event.thread_id;

	if (event.type === "reload") {
		refresh_threads();
		return;
	}
	told.set(id, ++tells);
	if (event.deleted || event.thread === null) {
		lost.add(id);
		rows.delete(id);
		runs.delete(id);
	} else if (event.thread) {
		put(event.thread);
	} else if (rows.has(id)) {
		const t = rows.get(id);

		if (sort_key(event.at) > t.key && event.type !==
		    "sentiment.updated")
			put({ ...t, updated_at: event.at });
	} else if (id) {
		one_thread(id).catch(() => {});
	}
	if (event.type === "run.created") {
		const r = runs.get(id);

		runs.set(id, { count: (r?.count ?? 0) + 1,
		    prompt: r?.prompt ?? event.run?.prompt ?? "" });
	}
	changed();
});
