/* bobbin.js: the page: who is there, which view is open, keys. */
import { get, on_reach } from "./api.js";
import { button, clear_above, dialog, h, icon, icon_button, name, say, sure,
    toast } from "./dom.js";
import { emit, forget_live, on_event, start_live, stop_live }
    from "./live.js";
import { thread_list } from "./list.js";
import { come_back, email_of, leave_to_sign_in, on_signed_out, session,
    token_of_link } from "./session.js";
import { flush_deletions, more_threads, reset_threads, undo_last }
    from "./threads.js";
import { tick } from "./time.js";

const app = document.getElementById("app");
const main = h("main", { id: "main", tabindex: -1 });
const notice = h("p.notice", { role: "status", hidden: true });
const badge = h("span.badge", { hidden: true });
const who = h("span.who");
let list = null;		/* of the threads view */
let view = null;		/* { root, close? } of what is open */
let closing = [];		/* timers of this sign-in */
let turn = 0;			/* of views being opened */

/* --- Views.  Each module exports open(arg) → { root, title, close? }. */

const views = [
	["threads", "chat", "Threads", "#/"],
	["approvals", "inbox", "Approvals", "#/approvals"],
	["statistics", "plot", "Statistics", "#/statistics"],
	["settings", "key", "Settings", "#/settings"],
];

const place = () => location.hash.replace(/^#\/?/, "").split("/")
	.map(s => {
		try {
			return decodeURIComponent(s);
		} catch {
			return s;
		}
	});

async function load(which, args)
{
	switch (which) {
	case "thread":
		return (await import("./thread.js")).open(...args);
	case "approvals":
		return (await import("./approvals.js")).open();
	case "statistics":
		return (await import("./statistics.js")).open();
	case "settings":
		return (await import("./settings.js")).open();
	default:
		return { root: h("section.detail.empty", {},
		    h("p.muted", {}, "Choose a thread.")), title: "Threads" };
	}
}

function close_view()
{
	view?.close?.();
	view = null;
}

function close_list()
{
	list?.close();
	list = null;
}

async function route(event)
{
	const [where, ...args] = place();
	const mine = ++turn;
	const in_threads = !["approvals", "statistics", "settings"]
	    .includes(where);
	const key = where === "thread" ? where + "/" + args[0] : where;

	if (view?.key === key && view.go) {
		view.go(...args);
		return;
	}
	let next;
	try {
		next = await load(where, args);
	} catch (e) {
		next = { root: h("section.detail", {}, h("p", { role: "alert" },
		    e.message), button("Try again", () => route())),
		    title: "bobbin" };
	}
	if (mine !== turn) {
		next.close?.();
		return;
	}
	close_view();
	view = next;
	view.key = key;
	document.title = next.title + " · bobbin";
	for (const a of app.querySelectorAll("nav.main a")) {
		if (a.dataset.view === (in_threads ? "threads" : where))
			a.setAttribute("aria-current", "page");
		else
			a.removeAttribute("aria-current");
	}
	if (!in_threads) {
		close_list();
		main.className = "";
		main.replaceChildren(next.root);
	} else {
		show_threads(next, where === "thread" ? args[0] : null);
	}
	if (event)
		(next.root.querySelector("[data-focus]") ?? (in_threads &&
		    where === "" ? main.querySelector("h1") : next.root
		    .querySelector("h1, h2")))?.focus({ preventScroll: true });
}

function show_threads(next, id)
{
	if (list === null) {
		list = thread_list();
		main.replaceChildren(list.root, next.root);
	} else {
		main.lastElementChild.replaceWith(next.root);
	}
	main.className = id === null ? "split" : "split open";
	list.select(id);
	next.opened?.();
}

/* --- The frame */

function theme_button()
{
	const dark = matchMedia("(prefers-color-scheme: dark)");
	const now = () => document.documentElement.dataset.theme ??
	    (dark.matches ? "dark" : "light");

	return icon_button("moon", "Light or dark", () => {
		const next = now() === "dark" ? "light" : "dark";

		document.documentElement.dataset.theme = next;
		try {
			localStorage.setItem("bobbin.theme", next);
		} catch {
			/* until the page is left */
		}
	});
}

function frame()
{
	app.replaceChildren(
	    h("a.skip", { href: "#main", onclick: event => {
		event.preventDefault();
		main.focus();
	    } }, "Skip to the content"),
	    h("header.bar", {},
		h("a.brand", { href: "#/" }, h("img", { src: "icon.svg",
		    alt: "", width: 24, height: 24 }), "bobbin"),
		h("nav.main", { "aria-label": "Main" },
		    views.map(([key, which, label, href]) =>
			h("a", { href, "data-view": key }, icon(which),
			    h("span", {}, label),
			    key === "approvals" && badge))),
		h("div.tools", {}, who, theme_button(),
		    h("button.icon-button.keys", { type: "button",
			title: "Keyboard shortcuts (?)",
			"aria-label": "Keyboard shortcuts",
			onclick: show_keys }, "?"),
		    icon_button("out", "Sign out", sign_out))),
	    notice, main);
}

/* --- How many calls wait; asked for after the first view is there. */

async function count_pending()
{
	const { tool_calls, has_more } = await get(
	    "/api/v1/tool-calls?status=pending&limit=99")
	    .catch(() => ({ tool_calls: [] }));
	const n = tool_calls.length + (has_more ? "+" : "");

	if (tool_calls.length > Number.parseInt(badge.textContent || "99"))
		say(n + " tool calls wait for you");
	badge.hidden = tool_calls.length === 0;
	badge.textContent = tool_calls.length === 0 ? "0" : n;
	badge.setAttribute("aria-label", n + " waiting");
}

let counting = null;

on_event(event => {
	if (event.type !== "reload" && !event.type.startsWith("tool_call."))
		return;
	clearTimeout(counting);
	counting = setTimeout(count_pending, 200);
});

function later(fn, ms)
{
	const kinds = ["pointermove", "keydown", "touchstart", "scroll"];
	const run = () => {
		clearTimeout(timer);
		kinds.forEach(k => removeEventListener(k, run, true));
		fn();
	};
	const timer = setTimeout(run, ms);

	kinds.forEach(k => addEventListener(k, run,
	    { capture: true, passive: true }));
	closing.push(() => {
		clearTimeout(timer);
		kinds.forEach(k => removeEventListener(k, run, true));
	});
}

/* --- Signing in and out */

async function start()
{
	closing.forEach(fn => fn());
	closing = [];
	frame();
	who.replaceChildren(session.email === null ? "" : name(session.email));
	who.title = session.email ?? "";
	watch_expiry();
	await start_live();
	more_threads();
	route();
	later(count_pending, 10000);
}

function watch_expiry()
{
	const end = session.expires;
	const at = (ms, fn) => {
		/* A timer cannot wait longer than 24 days. */
		if (ms > 0 && ms < 2 ** 31) {
			const timer = setTimeout(fn, ms);

			closing.push(() => clearTimeout(timer));
		}
	};

	if (end === null)
		return;
	at(end - Date.now() - 300000, () => toast(
	    "Your sign-in ends in five minutes.", { ms: 60000 }));
	at(end - Date.now() + 1000, () => ask_to_sign_in("Token has expired"));
}

let asking = null;
let welcome = false;		/* has the server taken who we are, once */

const by_proxy = kind =>
	button("Sign in with the proxy", leave_to_sign_in, kind);

function sign_in_form(signed_in)
{
	const input = h("input", { id: "token", type: "password",
	    autocomplete: "off", spellcheck: "false", required: true,
	    "aria-describedby": "token-hint" });

	return h("form.sign-in", { onsubmit: event => {
		event.preventDefault();
		signed_in(input.value.trim());
	} },
	    h("label", { for: "token" }, "Access token"), input,
	    h("p.hint", { id: "token-hint" },
		"It stays in this tab and goes to this server only."),
	    h("footer", {},
		by_proxy(),
		h("button.primary", { type: "submit" }, "Sign in")));
}

/* What is open stays as it is below: a half-written text is not lost. */
function ask_to_sign_in(why)
{
	const before = session.email;
	/* A proxy says no more than that it knows nobody, any more or yet. */
	const proxied = session.token === null && welcome;
	const expired = /expired/.test(why) || proxied;
	const text = expired ? "Your sign-in has expired. Sign in again to " +
	    "go on where you were." : why !== "" && session.token !== null ?
	    "The server does not accept this token: " + why + "." :
	    "Sign in with a token, or let the proxy in front of this page " +
	    "sign you in.";

	stop_live();
	if (asking !== null)
		return;
	asking = dialog(expired ? "Sign-in expired" : "Sign in",
	    h("p", { role: "alert" }, text), proxied ? h("footer", {},
	    by_proxy("primary")) : sign_in_form(token => {
		const form = asking;

		session.set(token);
		asking = null;
		form.close();
		if (before !== null && session.email === before) {
			start_again();
		} else {
			forget();
			start();
		}
	    }));
	asking.classList.add("sign-in-box");
	asking.querySelector("header button").remove();
	asking.addEventListener("cancel", event => event.preventDefault());
	/* A browser may close it all the same. */
	asking.addEventListener("close", event => {
		if (event.target === asking)
			asking = null;
	});
	asking.querySelector("input, .primary").focus();
}

/* The same user, with a newer token. */
async function start_again()
{
	closing.forEach(fn => fn());
	closing = [];
	watch_expiry();
	await start_live();
	emit({ type: "reload" });
}

/* Nothing of one user is left for the next. */
function forget()
{
	clear_above();
	close_view();
	close_list();
	forget_live();
	reset_threads();
	welcome = false;
	badge.hidden = true;
	badge.textContent = "";
	main.replaceChildren();
}

async function sign_out()
{
	const proxy = document.querySelector("meta[name=sign-out]").content;
	const had = session.token !== null;

	closing.forEach(fn => fn());
	closing = [];
	flush_deletions();
	session.set(null);
	forget();
	history.replaceState(null, "", location.pathname);
	if (!had && proxy !== "") {
		location.assign(proxy);
		return;
	}
	app.replaceChildren(h("main.plain", { id: "main" },
	    h("h1", {}, "Signed out"),
	    h("p", {}, "This tab has forgotten your token."),
	    sign_in_form(token => {
		session.set(token);
		start();
	    })));
	document.title = "Signed out · bobbin";
	app.querySelector("input").focus();
}

/* A link may carry anybody's token: who is signed in decides. */
async function take_link()
{
	const token = token_of_link();
	const now = session.email;

	if (token === null)
		return false;
	if (now !== null && now !== email_of(token) &&
	    session.expires > Date.now() &&
	    !await sure("Change user?", "This link signs you in as " +
	    (email_of(token) ?? "somebody unknown") + ". You are " + now + ".",
	    "Change user"))
		return false;
	asking?.close();
	asking = null;
	flush_deletions();
	session.set(token);
	return true;
}

on_signed_out(ask_to_sign_in);

/* --- Keys */

const keys = [
	["/", "Search", () => {
		if (list === null)
			location.hash = "#/";
		setTimeout(() => list?.search(), list === null ? 150 : 0);
	}],
	["j", "Next thread", () => list?.step(1)],
	["k", "Previous thread", () => list?.step(-1)],
	["g t", "Threads", () => { location.hash = "#/"; }],
	["g a", "Approvals", () => { location.hash = "#/approvals"; }],
	["g s", "Statistics", () => { location.hash = "#/statistics"; }],
	["g k", "Settings", () => { location.hash = "#/settings"; }],
	["Ctrl Z", "Undo a deletion", null],
	["Esc", "Back to the list; close a dialog", null],
	["?", "This list", () => show_keys()],
];
let prefix = "";

function show_keys()
{
	dialog("Keyboard shortcuts", h("table.keys", {},
	    h("tbody", {}, keys.map(([key, what]) => h("tr", {},
		h("td", {}, key.split(" ").map(k => h("kbd", {}, k))),
		h("td", {}, what))))));
}

addEventListener("keydown", event => {
	const typing = event.target.closest?.("input, textarea, select, " +
	    "[contenteditable]");

	if (document.querySelector("dialog[open]") || event.altKey)
		return;
	if (event.key === "z" && (event.ctrlKey || event.metaKey)) {
		if (!typing && undo_last())
			event.preventDefault();
		return;
	}
	if (event.ctrlKey || event.metaKey)
		return;
	if (event.key === "Escape" && main.classList.contains("open") &&
	    !typing) {
		location.hash = "#/";
		return;
	}
	if (typing)
		return;
	const pressed = prefix + event.key;
	const hit = keys.find(([key, , fn]) => key === pressed && fn);

	prefix = event.key === "g" && prefix === "" ? "g " : "";
	if (hit) {
		event.preventDefault();
		hit[2]();
	}
});

/* --- What is not there */

let reached = true;

function connection()
{
	const text = !navigator.onLine ?
	    "You are offline. This is what was loaded before." : reached ? "" :
	    "The server cannot be reached. This is what was loaded before.";

	notice.hidden = text === "";
	if (notice.textContent !== text)
		notice.textContent = text;
}
on_reach((there, ok) => {
	welcome ||= ok;
	if (there !== reached) {
		reached = there;
		connection();
	}
});
addEventListener("online", connection);
addEventListener("offline", connection);

addEventListener("hashchange", async event => {
	if (location.hash.includes("token=")) {
		if (await take_link()) {
			forget();
			start();
		}
		return;
	}
	if (app.contains(main))
		route(event);
});
/* A file that misses its place does not replace the page. */
for (const kind of ["dragover", "drop"])
	addEventListener(kind, event => event.preventDefault());
addEventListener("pageshow", event => {
	if (event.persisted)
		emit({ type: "reload" });
});
setInterval(tick, 30000);

come_back();
take_link().then(() => {
	connection();
	start();
});
