/* bobbin.js: lists the caller's threads with their ratings. */
"use strict";

const by_id = id => document.getElementById(id);
let token = "";
let cursor = null;

const say = (text, bad) => {
	by_id("status").textContent = text;
	by_id("status").className = bad ? "error" : "";
};

async function get(path)
{
	const res = await fetch(path, {
		headers: { Authorization: "Bearer " + token },
		cache: "no-store",
	});
	const body = await res.json().catch(() => ({}));

	if (!res.ok)
		throw new Error(typeof body.detail === "string" ?
		    body.detail : "The server answered " + res.status + ".");
	return body;
}

function line(tag, text, name)
{
	const e = document.createElement(tag);

	e.textContent = text;
	if (name)
		e.className = name;
	return e;
}

function rating(sentiments)
{
	const all = Object.values(sentiments);
	const up = all.filter(s => s).length;

	return all.length === 0 ? "not rated" :
	    up + " rated good, " + (all.length - up) + " rated bad";
}

async function item(thread)
{
	const li = document.createElement("li");
	const runs = thread.run_count === 1 ? "1 run" :
	    thread.run_count + " runs";
	const when = thread.latest_timestamp === null ? "" : ", last " +
	    thread.latest_timestamp.slice(0, 16).replace("T", " ") + " UTC";
	const rated = await get("/chat/" +
	    encodeURIComponent(thread.thread_id) + "/sentiments");

	li.append(line("h3", thread.title),
	    line("p", runs + when + "; " + rating(rated), "meta"));
	return li;
}

async function page()
{
	say("Loading…");
	try {
		const res = await get("/chat-threads?limit=10" + (cursor ?
		    "&cursor=" + encodeURIComponent(cursor) : ""));
		const items = await Promise.all(res.threads.map(item));

		by_id("list").append(...items);
		cursor = res.next_cursor;
		by_id("more").hidden = !res.has_more;
		by_id("threads").hidden = false;
		by_id("heading").textContent =
		    "Threads (" + res.total_count + ")";
		say(res.total_count === 0 ? "No threads yet." : "");
	} catch (e) {
		say(e.message, true);
	}
}

function start(value)
{
	token = value.trim();
	cursor = null;
	by_id("list").replaceChildren();
	by_id("threads").hidden = true;
	return page();
}

/* #token=… is taken once and leaves the address bar and the history. */
function from_fragment()
{
	const value = new URLSearchParams(location.hash.slice(1)).get("token");

	if (!value)
		return;
	history.replaceState(null, "", location.pathname);
	by_id("token").value = value;
	start(value);
}

by_id("login").addEventListener("submit", event => {
	event.preventDefault();
	start(by_id("token").value);
});
by_id("more").addEventListener("click", page);
addEventListener("hashchange", from_fragment);
from_fragment();
