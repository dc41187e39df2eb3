/*
 * live.js: what changes, as it changes: the owner's event stream, read with
 * fetch and not with EventSource, because fetch sends the token in a header:
 * it is in no URL and needs no request of its own.  Where there is no stream
 * (404, 503) the page asks again now and then.
 */
import { headers } from "./api.js";
import { session, signed_out } from "./session.js";

const POLL = 20000;		/* between two looks without a stream */
const SILENCE = 75000;		/* heartbeats come at least every 30 s */
const HIDDEN = 60000;		/* then a tab that nobody sees lets go */
const BUFFER = 50 * 60000;	/* the server keeps an hour, or 1000 events */

const watchers = new Set();
let control = null;		/* of the running loop */
let last_id = null;		/* of the last event, for Last-Event-ID */
let seen = 0;			/* its seq */
let last_byte = 0;
let stale = false;		/* something may have been missed */

/* fn(event): as the contract has it, or { type: "reload" }. */
export function on_event(fn)
{
	watchers.add(fn);
	return () => watchers.delete(fn);
}

export function emit(event)
{
	for (const fn of [...watchers])
		fn(event);
}

/* One frame of text/event-stream: { id, data }, in any order. */
export function frame(text)
{
	const out = {};

	for (const one of text.split(/\r\n|\r|\n/)) {
		const [, key, value] = /^(id|data): ?(.*)$/.exec(one) ?? [];

		if (key)
			out[key] = key in out ? out[key] + "\n" + value : value;
	}
	return out;
}

function take({ id, data })
{
	let event;

	if (data === undefined)
		return;			/* a heartbeat */
	try {
		event = JSON.parse(data);
	} catch {
		return;
	}
	if (id)
		last_id = id;
	if (event.seq <= seen)
		return;			/* delivery is at least once */
	seen = event.seq ?? seen;
	emit(event);
}

/* Returns the status when the stream is refused, 0 when it ended. */
async function listen(signal, opened)
{
	const inner = new AbortController();
	const end = () => inner.abort();
	const watch = setInterval(() => {
		if (Date.now() - last_byte > SILENCE)
			end();
	}, 5000);

	signal.addEventListener("abort", end);
	last_byte = Date.now();
	try {
		const res = await fetch("/api/v1/events", {
			headers: headers({ Accept: "text/event-stream",
			    ...(last_id && { "Last-Event-ID": last_id }) }),
			cache: "no-store", redirect: "manual",
			signal: inner.signal,
		});

		if (res.status === 401 || res.type === "opaqueredirect") {
			const body = await res.json().catch(() => null);

			if (!signal.aborted)
				signed_out(body?.detail ?? "");
			return 401;
		}
		if (!res.ok) {
			await res.body?.cancel();
			return res.status;
		}
		last_byte = Date.now();
		opened();
		await frames(res.body);
	} catch {
		/* the connection ended, by whomever */
	} finally {
		clearInterval(watch);
		signal.removeEventListener("abort", end);
	}
	return 0;
}

async function frames(body)
{
	const reader = body.pipeThrough(new TextDecoderStream()).getReader();
	let rest = "";

	for (;;) {
		const { value, done } = await reader.read();

		if (done)
			return;
		last_byte = Date.now();
		const parts = (rest + value).split(/\r\n\r\n|\n\n|\r\r/);

		rest = parts.pop();
		for (const part of parts)
			take(frame(part));
	}
}

const pause = (ms, signal) => new Promise(resolve => {
	const timer = setTimeout(resolve, ms);

	signal.addEventListener("abort", () => {
		clearTimeout(timer);
		resolve();
	}, { once: true });
});

async function loop(signal, settled)
{
	let wait = 500;

	while (!signal.aborted) {
		let open = false;
		const status = await listen(signal, () => {
			open = true;
			wait = 500;
			settled();
			if (stale)
				emit({ type: "reload" });
			stale = false;
		});

		settled();
		if (signal.aborted)
			return;
		if (status === 401)
			return;
		/* Without an event there is no place to go on from. */
		stale ||= !open || last_id === null;
		if (status !== 0) {
			await pause(POLL, signal);
			/* And once more when the stream is there. */
			if (!signal.aborted && navigator.onLine)
				emit({ type: "reload" });
			continue;
		}
		await pause(wait + Math.random() * wait, signal);
		wait = Math.min(wait * 2, POLL);
	}
}

/* Resolves once changes are told, or cannot be had, or it is late. */
export function start_live()
{
	stop_live();
	control = new AbortController();
	const signal = control.signal;

	return new Promise(resolve => {
		setTimeout(resolve, 400);
		loop(signal, resolve);
	});
}

export function stop_live()
{
	control?.abort();
	control = null;
}

/* Another owner's events are another stream. */
export function forget_live()
{
	stop_live();
	last_id = null;
	seen = 0;
	stale = false;
}

let let_go = null, away = null;

document.addEventListener("visibilitychange", () => {
	clearTimeout(let_go);
	if (document.hidden) {
		let_go = setTimeout(() => {
			if (control !== null) {
				away = Date.now();
				stop_live();
			}
		}, HIDDEN);
	} else if (away !== null) {
		stale ||= last_id === null || Date.now() - away > BUFFER;
		away = null;
		if (stale)
			emit({ type: "reload" });
		if (session.token === null || session.expires > Date.now())
			start_live();
	}
});
addEventListener("online", () => {
	emit({ type: "reload" });
	start_live();
});
