/* dom.js: elements, icons, dialogs, menus and what is said aloud. */

/*
 * h("div.card", { hidden: true, onclick: fn }, "text", element, …).  Text is
 * only ever text.  null, undefined and false are no children.
 */
export function h(what, props, ...children)
{
	const [tag, ...classes] = what.split(".");
	const e = document.createElement(tag);

	if (classes.length > 0)
		e.className = classes.join(" ");
	for (const [key, value] of Object.entries(props ?? {}))
		set(e, key, value);
	e.append(...children.flat().filter(
	    c => c !== null && c !== undefined && c !== false));
	return e;
}

function set(e, key, value)
{
	if (key.startsWith("on"))
		e.addEventListener(key.slice(2), value);
	else if (value === true || value === false) {
		if (key.startsWith("aria-"))
			e.setAttribute(key, String(value));
		else
			e.toggleAttribute(key, value);
	} else if (key === "value")
		e.value = value;
	else if (value !== null && value !== undefined)
		e.setAttribute(key, value);
}

/*
 * Text of others for a single line: without what reorders, hides or breaks
 * the characters around it.
 */
export const line = text => String(text)
	.replace(/[\u200B\u200E\u200F\u202A-\u202E\u2060-\u206F\uFEFF]/g, "")
	.replace(/[\u0000-\u001F\u007F-\u009F\u2028\u2029]+/g, " ").trim();

/* … isolated from the text beside it. */
export const name = (text, props) => h("bdi", props ?? {}, line(text));

/* On a grid of 24; drawn as strokes. */
const paths = {
	archive: "M4 8h16M5 8v11h14V8M3 4h18v4H3zM10 12h4",
	back: "M15 5l-7 7 7 7",
	chat: "M4 5h16v11H9l-5 4z",
	check: "M5 12.5l4.5 4.5L19 7.5",
	clip: "M8 4h8v4H8zM8 6H5v15h14V6h-3",
	down: "M12 4v11m-5-5l5 5 5-5M5 20h14",
	file: "M6 3h8l5 5v13H6zM14 3v5h5",
	inbox: "M4 13l3-8h10l3 8v6H4zm0 0h5a3 3 0 0 0 6 0h5",
	key: "M14 10a4 4 0 1 0-3.5 4L13 16.5h2.5V19H18v2.5h3V18l-7-7",
	more: "M5 12h.01M12 12h.01M19 12h.01",
	moon: "M20 14.5A8.5 8.5 0 0 1 9.5 4 8.5 8.5 0 1 0 20 14.5",
	out: "M10 4H4v16h6M10 12h11m-4-4l4 4-4 4",
	pen: "M4 20l1-5L16 4l4 4L9 19z",
	plot: "M4 4v16h16M8 16v-4M12.5 16V7M17 16v-6",
	search: "M16 16l5 5M18 10.5a7.5 7.5 0 1 1-15 0 7.5 7.5 0 0 1 15 0",
	thumb_down: "M7 4v10m0-9h9.5l2.5 8h-6l1 6-2 1-5-6M7 14H3V4h4",
	thumb_up: "M7 20V10m0 9h9.5l2.5-8h-6l1-6-2-1-5 6M7 10H3v10h4",
	tool: "M14 7a4 4 0 0 1 5.5-3.5L17 6l1 1 2.5-2.5A4 4 0 0 1 15 10L7 " +
	    "18a2 2 0 1 1-3-3l8-7.5",
	trash: "M5 7h14M9 7V4h6v3M7 7l1 13h8l1-13",
	up: "M12 20V9m-5 5l5-5 5 5M5 4h14",
	x: "M6 6l12 12M18 6L6 18",
};

export function icon(which)
{
	const ns = "http://www.w3.org/2000/svg";
	const svg = document.createElementNS(ns, "svg");
	const path = document.createElementNS(ns, "path");

	svg.setAttribute("viewBox", "0 0 24 24");
	svg.setAttribute("aria-hidden", "true");
	svg.setAttribute("class", "icon icon-" + which);
	path.setAttribute("d", paths[which]);
	svg.append(path);
	return svg;
}

/* A button that is only an icon; its name is read aloud and shown. */
export const icon_button = (which, label, onclick, props) =>
	h("button.icon-button", { type: "button", title: label,
	    "aria-label": label, onclick, ...props }, icon(which));

export const button = (label, onclick, kind = "") =>
	h("button" + (kind && "." + kind), { type: "button", onclick }, label);

/* --- Said aloud, and shown for a while */

const polite = h("div.hidden", { role: "status", "aria-live": "polite" });
const toasts = h("div.toasts", { role: "region", "aria-label": "Messages" });

document.body.append(polite, toasts);

export function say(text)
{
	polite.textContent = "";
	setTimeout(() => { polite.textContent = text; }, 50);
}

/*
 * A message with at most one action.  It goes after ms, but not while it is
 * pointed at or has the focus.  gone() is called once, when it went by itself
 * or was closed; not after the action.
 */
export function toast(text, { action, label, ms = 8000, gone, bad } = {})
{
	let left = ms / 250, over = false;
	const finish = how => {
		if (over)
			return;
		over = true;
		clearInterval(timer);
		box.remove();
		how?.();
	};
	const box = h("div.toast" + (bad ? ".bad" : ""), {},
	    h("span", {}, text),
	    action && button(label, () => finish(action), "link"),
	    icon_button("x", "Close", () => finish(gone)));
	const timer = setInterval(() => {
		if (!box.matches(":hover, :focus-within") && --left <= 0)
			finish(gone);
	}, 250);

	toasts.append(box);
	say(text + (action ? " " + label + ": Control Z." : ""));
	return { close: () => finish(), undo: () => finish(action) };
}

export const failed = e => {
	if (e.name !== "AbortError" && e.status !== 401)
		toast(e.message, { bad: true });
};

/* --- Dialogs: the browser keeps the focus inside and gives it back */

let dialogs = 0;

export function dialog(title, ...content)
{
	const id = "dialog-" + ++dialogs;
	const box = h("dialog", { "aria-labelledby": id,
	    onclose: () => box.remove() },
	    h("header", {}, h("h2", { id }, title),
		icon_button("x", "Close", () => box.close())),
	    ...content);

	document.body.append(box);
	box.showModal();
	return box;
}

/* Resolves to the text, or null. */
export function ask(title, label, value, { ok = "Save", max = 512 } = {})
{
	return new Promise(resolve => {
		let answer = null;
		const input = h("input", { id: "ask", value, maxlength: max,
		    autocomplete: "off" });
		const form = h("form", { onsubmit: event => {
			event.preventDefault();
			answer = input.value;
			box.close();
		} }, h("label", { for: "ask" }, label), input,
		    h("footer", {}, button("Cancel", () => box.close()),
			h("button.primary", { type: "submit" }, ok)));
		const box = dialog(title, form);

		box.addEventListener("close", () => resolve(answer));
		input.focus();
		input.select();
	});
}

export function sure(title, text, ok)
{
	return new Promise(resolve => {
		let answer = false;
		const box = dialog(title, h("p", {}, text),
		    h("footer", {}, button("Cancel", () => box.close()),
			button(ok, () => {
				answer = true;
				box.close();
			}, "primary")));

		box.addEventListener("close", () => resolve(answer));
	});
}

/* --- A menu below a button: [[icon, label, fn], …] */

let open_menu = null;

export function menu(opener, items)
{
	open_menu?.();

	const close = focus => {
		box.remove();
		opener.setAttribute("aria-expanded", "false");
		removeEventListener("pointerdown", outside, true);
		removeEventListener("scroll", close, true);
		open_menu = null;
		if (focus === true)
			opener.focus();
	};
	const outside = event => {
		if (!box.contains(event.target))
			close();
	};
	const box = h("div.menu", { role: "menu", onkeydown: event => {
		const all = [...box.children];
		const at = all.indexOf(document.activeElement);
		const to = { ArrowDown: at + 1, ArrowUp: at - 1 + all.length,
		    Home: 0, End: all.length - 1 }[event.key];

		if (to !== undefined) {
			event.preventDefault();
			all[to % all.length].focus();
		} else if (event.key === "Escape" || event.key === "Tab") {
			event.preventDefault();
			close(true);
		}
		event.stopPropagation();
	} }, items.map(([which, label, fn]) =>
	    h("button", { type: "button", role: "menuitem", tabindex: -1,
		onclick: () => {
			close(true);
			fn();
		} }, icon(which), label)));
	const place = opener.getBoundingClientRect();

	document.body.append(box);
	box.style.top = Math.max(8, Math.min(place.bottom + 4,
	    innerHeight - box.offsetHeight - 8)) + "px";
	box.style.left = Math.max(8, Math.min(place.right - box.offsetWidth,
	    innerWidth - box.offsetWidth - 8)) + "px";
	opener.setAttribute("aria-expanded", "true");
	addEventListener("pointerdown", outside, true);
	addEventListener("scroll", close, true);
	open_menu = close;
	box.firstChild.focus();
}

/* Whatever stands above the page: it may speak of who was there before. */
export function clear_above()
{
	open_menu?.();
	for (const box of document.querySelectorAll("dialog"))
		box.close();
	toasts.replaceChildren();
}

export async function copy(text, what = "Copied")
{
	try {
		await navigator.clipboard.writeText(text);
		say(what);
		return true;
	} catch {
		toast("The browser does not let this page copy.",
		    { bad: true });
		return false;
	}
}

/* Hands bytes to the browser as a download. */
export function save(file, type, text)
{
	const url = URL.createObjectURL(new Blob([text], { type }));
	const a = h("a", { href: url, download: file });

	a.click();
	setTimeout(() => URL.revokeObjectURL(url), 10000);
}

export const size = n => n < 1024 ? n + " B" :
	n < 1048576 ? (n / 1024).toFixed(n < 10240 ? 1 : 0) + " KiB" :
	(n / 1048576).toFixed(n < 10485760 ? 1 : 0) + " MiB";
