/* files.js: the files of a thread: previews, download, upload. */
import { detail_of, get, headers, remove, studio } from "./api.js";
import { button, dialog, failed, h, icon, icon_button, line, name, say, size,
    sure } from "./dom.js";
import { on_event } from "./live.js";
import { own_file, plain } from "./markdown.js";
import { session, signed_out } from "./session.js";
import { when } from "./time.js";

const SHOWN = 65536;		/* of a text */
const HELD = 20 << 20;		/* fetched whole to be shown */

const images = /^image\/(png|jpeg|gif|webp|svg\+xml)$/;
const texts = /^(text\/|application\/(json|xml|geo\+json))/;

/* A link's token opens the file; so does a cookie; a header cannot. */
const is_link = url => session.token === null || /[?&]token=/.test(url);

async function source(a)
{
	const url = own_file(a.url);

	if (url === null || is_link(url))
		return url;
	if (a.size > HELD)
		return null;
	const res = await fetch(url, { headers: headers() });

	return res.ok ? URL.createObjectURL(await res.blob()) : null;
}

/* As fetch, but says what failed. */
async function fetch_file(url, options)
{
	let res;

	try {
		res = await fetch(url, options);
	} catch {
		throw new Error("The file cannot be read from where it lies.");
	}
	if (!res.ok && res.status !== 416)
		throw new Error(detail_of(res.status, null));
	return res;
}

const with_query = (url, more) => url + (url.includes("?") ? "&" : "?") + more;

async function download(a)
{
	const url = a.content ?? own_file(a.url) ?? a.url;

	if (is_link(url)) {
		h("a", { href: a.content ?? with_query(url,
		    "disposition=attachment"), download: a.name }).click();
		return;
	}
	try {
		const res = await fetch_file(url, { headers: headers() });
		const blob = URL.createObjectURL(await res.blob());

		h("a", { href: blob, download: a.name }).click();
		setTimeout(() => URL.revokeObjectURL(blob), 60000);
	} catch (e) {
		failed(e);
	}
}

function picture(a, kind)
{
	const img = h("img." + kind, { alt: kind === "big" ? line(a.name) : "",
	    loading: "lazy", decoding: "async" });

	img.addEventListener("error", () => img.replaceWith(icon("file")));
	source(a).then(url => {
		if (url === null)
			img.replaceWith(icon("file"));
		else
			img.src = url;
	}, () => img.replaceWith(icon("file")));
	return img;
}

/* A page from a file has no origin and runs nothing. */
async function page(a, box)
{
	const url = await source(a);

	if (url !== null)
		box.replaceChildren(h("iframe", { sandbox: "", src: url,
		    title: line(a.name), referrerpolicy: "no-referrer" }));
}

async function text(a, box)
{
	try {
		const res = await fetch_file(own_file(a.url), { headers: {
		    ...is_link(a.url) ? {} : headers(),
		    Range: "bytes=0-" + (SHOWN - 1) } });

		box.replaceChildren(plain((await res.text()).slice(0, SHOWN),
		    "pre.text"), a.size > SHOWN ? h("p.muted", {},
		    "The first " + size(SHOWN) + " of " + size(a.size)) : "");
	} catch (e) {
		box.replaceChildren(h("p", { role: "alert" }, e.message));
	}
}

function preview(a)
{
	const box = h("div.preview", { tabindex: 0, role: "group",
	    "aria-label": "Preview" });

	if (images.test(a.mime))
		box.append(picture(a, "big"));
	else if (a.mime === "text/html" && own_file(a.url))
		page(a, box);
	else if (texts.test(a.mime) && own_file(a.url))
		text(a, box);
	else
		box.append(h("p.muted", {},
		    "There is no preview of this kind of file."));
	dialog(line(a.name), h("p.muted", {}, line(a.mime) +
	    (a.size === undefined ? "" : ", " + size(a.size))),
	    box, h("footer", {}, button("Download", () => download(a),
	    "primary"))).classList.add("wide-box");
}

/*
 * A file as it stands below a message: name, mime, url to show it; size, if it
 * is known; content, if it is downloaded from elsewhere than shown.
 */
export const thumb = a => h("button.thumb", { type: "button",
	title: line(a.name), onclick: () => preview(a) },
	images.test(a.mime) ? picture(a, "small") : icon("file"),
	name(a.name));

/* --- Upload */

function upload(t, file, done)
{
	const bar = h("progress", { max: 100, value: 0,
	    "aria-label": "Uploading " + line(file.name) });
	const note = h("span.muted", {}, size(file.size));
	const xhr = new XMLHttpRequest();
	const row = h("li.upload", {}, name(file.name), bar, note,
	    icon_button("x", "Stop uploading " + line(file.name),
		() => xhr.abort()));
	const fail = why => {
		bar.remove();
		note.replaceWith(h("span.error", { role: "alert" }, why));
	};
	const body = new FormData();
	const sent = session.token;

	body.append("file", file);
	xhr.open("POST", studio(t.conversation_id) + "/artifacts");
	for (const [key, value] of Object.entries(headers()))
		xhr.setRequestHeader(key, value);
	xhr.responseType = "json";
	xhr.upload.onprogress = event => {
		if (event.lengthComputable) {
			bar.value = 100 * event.loaded / event.total;
			note.textContent = event.loaded < event.total ?
			    Math.floor(bar.value) + " %" : "storing";
		}
	};
	xhr.onload = () => {
		if (xhr.status === 200 || xhr.status === 201) {
			row.remove();
			say(line(file.name) + " is uploaded");
			done(xhr.response);
		} else {
			if (xhr.status === 401 && sent === session.token)
				signed_out(xhr.response?.detail ?? "");
			fail(detail_of(xhr.status, xhr.response));
		}
	};
	xhr.onerror = () => fail("The connection broke off.");
	xhr.onabort = () => row.remove();
	xhr.send(body);
	return row;
}

/* --- The gallery */

export async function open_files(t, pane)
{
	const list = h("ul.gallery", { role: "list", "aria-label": "Files" });
	const uploads = h("ul.uploads", { role: "list",
	    "aria-label": "Uploads" });
	const foot = h("div.foot");
	const shown = new Map();
	let cursor = null, over = false, timer = null;

	function tile(a)
	{
		const li = h("li.tile", {},
		    h("button.face", { type: "button",
			"aria-label": "Preview " + line(a.name),
			onclick: () => preview(a) },
			images.test(a.mime) ? picture(a, "small") :
			    icon("file")),
		    name(a.name, { class: "title", title: line(a.name) }),
		    h("span.meta", {}, size(a.size), when(a.created_at)),
		    h("div.tile-tools", {},
			icon_button("down", "Download " + line(a.name),
			    () => download(a)),
			icon_button("trash", "Delete " + line(a.name),
			    () => drop(a, li))));

		return li;
	}

	async function drop(a, li)
	{
		if (!await sure("Delete file?", line(a.name) +
		    " cannot be brought back.", "Delete"))
			return;
		try {
			await remove("/api/artifacts/" + a.id);
			shown.delete(a.id);
			li.remove();
			say("Deleted");
			empty();
			choose.focus();
		} catch (e) {
			failed(e);
		}
	}

	function add(a, first)
	{
		const old = shown.get(a.id);
		const li = old ?? tile(a);

		shown.set(a.id, li);
		if (first)
			list.prepend(li);
		else if (!old)
			list.append(li);
	}

	const empty = () => foot.replaceChildren(...(cursor !== null ?
	    [button("More", () => more().catch(failed))] :
	    shown.size > 0 ? [] : [h("p.muted", {}, "No files yet. Drop some " +
	    "here, or choose them.")]));

	async function more()
	{
		const { body, next } = await get(studio(t.conversation_id) +
		    "/artifacts?limit=50" + (cursor === null ? "" :
		    "&cursor=" + encodeURIComponent(cursor)), { page: true });

		cursor = next;
		body.forEach(a => add(a, false));
		empty();
	}

	async function refresh()
	{
		const { body } = await get(studio(t.conversation_id) +
		    "/artifacts?limit=50", { page: true });

		if (over)
			return;
		body.filter(a => !shown.has(a.id)).reverse()
		    .forEach(a => add(a, true));
		empty();
	}

	const send = files => {
		for (const file of files)
			uploads.append(upload(t, file, a => {
				add(a, true);
				empty();
			}));
	};
	const input = h("input.hidden", { type: "file", multiple: true,
	    tabindex: -1, "aria-label": "Files to upload", onchange: () => {
		send(input.files);
		input.value = "";
	    } });
	const choose = button("Upload files…", () => input.click(), "primary");
	const root = h("div.files", {
		ondragover: event => {
			event.preventDefault();
			root.classList.add("drop");
		},
		ondragleave: () => root.classList.remove("drop"),
		ondrop: event => {
			event.preventDefault();
			root.classList.remove("drop");
			send(event.dataTransfer.files);
		},
	    }, h("div.page-head", {}, choose, input), uploads, list, foot);

	const off = on_event(event => {
		if (event.type !== "reload" && event.thread_id !== t.thread_id)
			return;
		clearTimeout(timer);
		timer = setTimeout(() => refresh().catch(() => {}), 200);
	});

	try {
		await more();
	} catch (e) {
		off();
		throw e;
	}
	pane.replaceChildren(root);
	return { close() {
		over = true;
		clearTimeout(timer);
		off();
	} };
}
