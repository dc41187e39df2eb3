/* api.js: requests to this server; errors as ApiError. */
import { session, signed_out } from "./session.js";

export class ApiError extends Error {
	constructor(status, detail) {
		super(detail);
		this.status = status;
	}
}

const watchers = new Set();

/* fn(there, ok): whether the last request reached the server, and worked. */
export function on_reach(fn)
{
	watchers.add(fn);
}

const reached = (there, ok) => watchers.forEach(fn => fn(there, ok));

const plain = {
	401: "You are not signed in.",
	404: "Not found.",
	413: "That is too large.",
	429: "Too many requests; try again in a moment.",
	503: "The service is unavailable; try again in a moment.",
};

export function headers(more = {})
{
	const token = session.token;

	return token === null ? more :
	    { Authorization: "Bearer " + token, ...more };
}

/* What a body says went wrong, in either form that bobbin has. */
export function detail_of(status, body)
{
	const detail = body?.detail;
	const first = body?.errors?.[0] ??
	    (Array.isArray(detail) ? detail[0] : null);

	if (first)
		return first.msg + " (" + first.loc?.slice(1).join(".") + ")";
	if (status !== 401 && typeof detail === "string")
		return detail;
	return plain[status] ?? "The server answered " + status + ".";
}

/* Integers that a double cannot hold stay as they are written. */
function parse_exact(text)
{
	return JSON.rawJSON === undefined ? JSON.parse(text) :
	    JSON.parse(text, (_, value, { source }) =>
	    typeof value === "number" && Number.isInteger(value) &&
	    !Number.isSafeInteger(value) && /^-?\d+$/.test(source) ?
	    JSON.rawJSON(source) : value);
}

/*
 * options: body (sent as JSON; a string as it is), signal, keepalive, exact,
 * page (for { body, next }, the cursor of a bare list).  Returns the parsed
 * body, null if there is none.  Offline is ApiError 0.
 */
export async function request(method, path, options = {})
{
	const text = typeof options.body === "string" ? options.body :
	    JSON.stringify(options.body);
	const sent = session.token;
	let res, body = null;

	try {
		res = await fetch(path, {
			method,
			headers: headers(text === undefined ? {} :
			    { "Content-Type": "application/json" }),
			body: text,
			signal: options.signal,
			keepalive: options.keepalive ?? false,
			redirect: "manual",
		});
		if (res.type !== "opaqueredirect") {
			const raw = await res.text();

			body = raw === "" ? null : options.exact ?
			    parse_exact(raw) : JSON.parse(raw);
		}
	} catch (e) {
		if (e.name === "AbortError")
			throw e;
		if (res?.ok)
			throw new ApiError(502, "The answer broke off.");
		if (!res) {
			reached(false, false);
			throw new ApiError(0, "The server cannot be reached.");
		}
	}
	reached(true, res.ok);
	/* A proxy that wants a sign-in redirects. */
	if (res.status === 401 || res.type === "opaqueredirect") {
		if (sent === session.token)
			signed_out(body?.detail ?? "");
		throw new ApiError(401, plain[401]);
	}
	if (!res.ok)
		throw new ApiError(res.status, detail_of(res.status, body));
	return options.page ?
	    { body, next: res.headers.get("X-Next-Cursor") } : body;
}

export const get = (path, options) => request("GET", path, options);
export const post = (path, body, options) =>
	request("POST", path, { ...options, body });
export const patch = (path, body) => request("PATCH", path, { body });
export const remove = (path, options) => request("DELETE", path, options);

/* The path of a thread of each face; ids are any text. */
export const v1 = id => "/api/v1/threads/" + encodeURIComponent(id);
export const chat = id => "/chat/" + encodeURIComponent(id);
export const studio = id => "/api/threads/" + encodeURIComponent(id);

export const query = values => String(new URLSearchParams(
	Object.entries(values).filter(([, v]) => (v ?? "") !== "")));

/* Nothing, for what may not be there; every other failure stays one. */
export const or_none = (promise, none) => promise.catch(e => {
	if (e.status === 404)
		return none;
	throw e;
});
