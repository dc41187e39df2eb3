/*
 * markdown.js: Markdown of others to elements.  The parser shows raw HTML as
 * text; what it made is sanitised all the same; of links only those that lead
 * to a page or a mailbox are left, of images only this server's files.
 */
import "./lib/purify.js";
import { Marked } from "./lib/marked.js";
import { button, copy, h } from "./dom.js";

const LONG = 60000;		/* then text is shown as it is */

const escaped = text => text.replace(/&/g, "&amp;").replace(/</g, "&lt;")
	.replace(/>/g, "&gt;");
const marked = new Marked({ gfm: true, breaks: true, renderer: {
	html: ({ text }) => escaped(text),
	image: ({ href, text }) => `<img src="${escaped(href)
	    .replace(/"/g, "&quot;")}" alt="${escaped(text)
	    .replace(/"/g, "&quot;")}">`,
} });
const purify = globalThis.DOMPurify(globalThis);
const rules = {
	ALLOWED_TAGS: ["a", "b", "blockquote", "br", "code", "del", "em", "h1",
	    "h2", "h3", "h4", "h5", "h6", "hr", "i", "img", "input", "li", "ol",
	    "p", "pre", "s", "strong", "sub", "sup", "table", "tbody", "td",
	    "th", "thead", "tr", "ul"],
	ALLOWED_ATTR: ["align", "alt", "checked", "class", "href", "src",
	    "start", "title", "type"],
	ALLOW_ARIA_ATTR: false,
	ALLOW_DATA_ATTR: false,
	RETURN_DOM_FRAGMENT: true,
};

/* Where a link of a stranger may lead; null: nowhere. */
export function safe_url(href)
{
	let url;

	try {
		url = new URL(href, location.href);
	} catch {
		return null;
	}
	if (url.protocol === "mailto:")
		return url.href;
	if (url.protocol !== "https:" && url.protocol !== "http:" ||
	    url.username !== "" || url.password !== "")
		return null;
	/* #token=… signs somebody in. */
	if (url.origin === location.origin && /token=/.test(url.hash))
		return null;
	return url.href;
}

const served = [/^\/api\/artifacts\/[0-9a-f-]{36}(?:\/download)?$/i,
	/^\/chatkit\/attachments\/[^/]+\/preview$/];

/* An image that this page may load: a file that bobbin serves. */
export function own_file(src)
{
	let url;

	try {
		url = new URL(src, location.href);
	} catch {
		return null;
	}
	return url.origin === location.origin &&
	    served.some(path => path.test(url.pathname)) ?
	    url.pathname + url.search : null;
}

function link(a)
{
	const url = safe_url(a.getAttribute("href") ?? "");

	if (url === null) {
		a.replaceWith(...a.childNodes);
		return;
	}
	a.href = url;
	a.target = "_blank";
	a.rel = "noopener noreferrer nofollow";
	if (a.textContent.trim() === "")
		a.textContent = url;
}

function image(img)
{
	const src = img.getAttribute("src") ?? "";
	const own = own_file(src);
	const url = safe_url(src);
	const text = "Image: " + (img.alt || src.slice(0, 80));

	if (own !== null) {
		img.src = own;
		img.loading = "lazy";
	} else {
		img.replaceWith(url === null ? h("span.muted", {}, text) :
		    h("a", { href: url, target: "_blank",
			rel: "noopener noreferrer nofollow" }, text));
	}
}

export function code_block(text, language = "")
{
	const b = button("Copy", async () => {
		if (await copy(text)) {
			b.textContent = "Copied";
			setTimeout(() => { b.textContent = "Copy"; }, 2000);
		}
	}, "link");

	return h("div.code", {}, h("div.code-head", {},
	    h("span", {}, language), b),
	    h("pre", { tabindex: 0, role: "group",
		"aria-label": language ? language + " code" : "Code" },
		h("code", {}, text)));
}

function finish(fragment)
{
	for (const e of fragment.querySelectorAll("input")) {
		e.replaceWith(e.type === "checkbox" ?
		    (e.checked ? "☑ " : "☐ ") : "");
	}
	/* Below those of the page, without a gap. */
	const all = [...fragment.querySelectorAll("h1,h2,h3,h4,h5,h6")];
	const levels = [...new Set(all.map(e => e.tagName))].sort();

	for (const e of all) {
		const lower = h("h" + Math.min(6,
		    3 + levels.indexOf(e.tagName)));

		lower.append(...e.childNodes);
		e.replaceWith(lower);
	}
	for (const e of fragment.querySelectorAll("pre")) {
		const code = e.querySelector("code");
		const [, language = ""] = /(?:^| )language-([\w+#.-]{1,30})/
		    .exec(code?.className ?? "") ?? [];

		e.replaceWith(code_block(e.textContent.replace(/\n$/, ""),
		    language));
	}
	for (const e of fragment.querySelectorAll("[class]"))
		if (!e.closest(".code"))
			e.removeAttribute("class");
	for (const e of fragment.querySelectorAll("table")) {
		const box = h("div.wide", { tabindex: 0, role: "group",
		    "aria-label": "Table" });

		e.replaceWith(box);
		box.append(e);
	}
	fragment.querySelectorAll("a").forEach(link);
	fragment.querySelectorAll("img").forEach(image);
}

/* Text that is shown as it is; a very long one in parts. */
export function plain(text, kind = "div.text")
{
	const box = h(kind, { dir: "auto" }, text.slice(0, LONG));

	if (text.length > LONG) {
		const more = button("Show all " + text.length.toLocaleString() +
		    " characters", () => {
			more.replaceWith(text.slice(LONG));
		}, "link");

		box.append(more);
	}
	return box;
}

export function markdown(text)
{
	const box = h("div.markdown", { dir: "auto" });

	if (text.length > LONG)
		return plain(text);
	try {
		const fragment = purify.sanitize(marked.parse(text), rules);

		finish(fragment);
		box.append(fragment);
	} catch {
		return plain(text);
	}
	return box;
}
