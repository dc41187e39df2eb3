/*
 * list.js: the list of threads.  Only the rows on the screen exist, each of
 * one height, so that 5,000 cost no more than 20.
 */
import { thread_menu } from "./actions.js";
import { button, h, icon, icon_button, name, say } from "./dom.js";
import { listed, more_threads, name_threads, on_threads, run_count,
    search_threads, threads, title_of } from "./threads.js";
import { when } from "./time.js";

const ROW = 4;			/* rem, as bobbin.css has it */
const AROUND = 6;		/* rows kept above and below */

export function thread_list()
{
	const made = new Map();	/* thread_id → <li> on the screen */
	let all = [], selected = null, focus_at = -1, timer = null;

	const items = h("ol.rows", { role: "list",
	    "aria-label": "Threads", onkeydown: keys, onfocusin: event => {
		const li = event.target.closest("li");

		focus_at = all.findIndex(t => t.thread_id === li?.dataset.id);
	    } });
	const foot = h("div.foot");
	const scroller = h("div.scroller", {}, items, foot);
	const count = h("p.count.muted");
	const box = h("input", { type: "search", id: "search",
	    placeholder: "Search titles", "aria-label": "Search threads",
	    autocomplete: "off", maxlength: 200, oninput: () => {
		clearTimeout(timer);
		timer = setTimeout(look, 250);
	    } });
	const which = h("select", { "aria-label": "Which threads",
	    onchange: look },
	    h("option", { value: "false" }, "Active"),
	    h("option", { value: "true" }, "Archived"),
	    h("option", { value: "all" }, "All"));
	const root = h("section.side", { "aria-labelledby": "threads-title" },
	    h("div.side-head", {},
		h("h1", { id: "threads-title", tabindex: -1 }, "Threads"),
		count,
		h("div.search", { role: "search" }, icon("search"), box,
		    which)),
	    scroller);

	function look()
	{
		search_threads(box.value.trim(), which.value);
		scroller.scrollTop = 0;
	}

	const height = () => ROW *
	    parseFloat(getComputedStyle(document.documentElement).fontSize);

	function row(t, i)
	{
		const n = run_count(t);
		const opener = icon_button("more", "Actions for " + title_of(t),
		    () => thread_menu(opener, t), { "aria-haspopup": "menu",
			"aria-expanded": "false" });
		const li = h("li.row", { "data-id": t.thread_id,
		    "aria-setsize": threads.done ? all.length : -1,
		    "aria-posinset": i + 1 },
		    h("a", { href: "#/thread/" +
			encodeURIComponent(t.thread_id), "aria-current":
			t.thread_id === selected ? "page" : null },
			name(title_of(t), { class: "title" }),
			h("span.meta", {}, when(t.updated_at),
			    n === null ? null : h("span", {},
				n === 1 ? "1 run" : n + " runs"),
			    t.archived_at === null ? null :
				h("span.chip", {}, "archived"))), opener);

		li.of = signature(t, i);
		return li;
	}

	const signature = (t, i) => [t.title, t.updated_at, t.archived_at,
	    title_of(t), run_count(t), i, t.thread_id === selected,
	    threads.done].join("\n");

	/* Makes the rows that are to be seen; leaves what is as before. */
	function draw()
	{
		const px = height();
		const from = Math.max(0,
		    Math.floor(scroller.scrollTop / px) - AROUND);
		const to = Math.min(all.length, Math.ceil((scroller.scrollTop +
		    scroller.clientHeight) / px) + AROUND);
		const want = new Set();
		const had = document.activeElement?.closest?.("li.row");
		const had_link = document.activeElement?.tagName === "A";

		for (let i = from; i < to; i++)
			want.add(i);
		if (focus_at >= 0 && focus_at < all.length &&
		    items.contains(document.activeElement))
			want.add(focus_at);
		const keep = new Set([...want].map(i => all[i].thread_id));

		for (const [id, li] of made) {
			if (!keep.has(id)) {
				li.remove();
				made.delete(id);
			}
		}
		let before = null;
		for (const i of [...want].sort((a, b) => b - a)) {
			const t = all[i];
			let li = made.get(t.thread_id);

			if (li?.of !== signature(t, i)) {
				const fresh = row(t, i);
				const focused = li !== undefined && li === had;

				li?.replaceWith(fresh);
				li = fresh;
				made.set(t.thread_id, li);
				if (!li.isConnected)
					items.insertBefore(li, before);
				if (focused)
					li.querySelector(had_link ? "a" :
					    "button").focus();
			} else if (li.nextSibling !== before &&
			    !li.contains(document.activeElement)) {
				items.insertBefore(li, before);
			}
			li.style.transform = "translateY(" + i * px + "px)";
			before = li;
		}
	}

	function update()
	{
		const held = items.contains(document.activeElement) ?
		    document.activeElement.closest("li")?.dataset.id : null;

		all = listed();
		if (held) {
			const at = all.findIndex(t => t.thread_id === held);

			if (at >= 0)
				focus_at = at;
		}
		items.style.height = all.length * height() + "px";
		const n = threads.q === "" && threads.archived === "false" &&
		    !threads.done ? null : all.length;
		const text = n === null ? "" : n === 1 ? "1 thread" :
		    n + (threads.done ? "" : "+") + " threads";

		if (count.textContent !== text) {
			count.textContent = text;
			if (threads.q !== "" && !threads.loading)
				say(text + " found");
		}
		bottom();
		draw();
		fill();
	}

	function bottom()
	{
		const empty = all.length === 0 && threads.done;

		foot.replaceChildren(...(threads.error ? [
		    h("p", { role: "alert" }, threads.error.message),
		    button("Try again", more_threads)] :
		    threads.loading ? [h("p.muted", {}, "Loading…")] :
		    empty ? [h("p.muted", {}, threads.q ? "Nothing found." :
			threads.archived === "true" ? "Nothing is archived." :
			"No threads yet. They appear here as soon as an " +
			"agent records one.")] : []));
	}

	/* More rows before the end comes into sight. */
	function fill()
	{
		const left = scroller.scrollHeight - scroller.scrollTop -
		    scroller.clientHeight;

		if (!threads.error && left < scroller.clientHeight &&
		    scroller.clientHeight > 0 && all.length > 0)
			more_threads();
	}

	function focus_row(i)
	{
		const px = height();

		if (i < 0 || i >= all.length)
			return;
		if (i * px < scroller.scrollTop)
			scroller.scrollTop = i * px;
		else if ((i + 1) * px > scroller.scrollTop +
		    scroller.clientHeight)
			scroller.scrollTop = (i + 1) * px -
			    scroller.clientHeight;
		draw();
		focus_at = i;
		made.get(all[i].thread_id)?.querySelector("a").focus();
	}

	function keys(event)
	{
		const to = { ArrowDown: focus_at + 1, ArrowUp: focus_at - 1,
		    Home: 0, End: all.length - 1 }[event.key];

		if (to !== undefined && !event.ctrlKey && !event.metaKey) {
			event.preventDefault();
			focus_row(to);
		}
	}

	let frame = 0, rest = null;

	scroller.addEventListener("scroll", () => {
		frame ||= requestAnimationFrame(() => {
			frame = 0;
			draw();
			fill();
		});
		clearTimeout(rest);
		rest = setTimeout(named, 300);
	}, { passive: true });

	function named()
	{
		const px = height();
		const at = Math.floor(scroller.scrollTop / px);

		name_threads(all.slice(at, at +
		    Math.ceil(scroller.clientHeight / px)));
	}
	const sizes = new ResizeObserver(() => {
		update();
		clearTimeout(rest);
		rest = setTimeout(named, 600);
	});
	const off = on_threads(update);

	sizes.observe(scroller);
	box.value = threads.q;
	which.value = threads.archived;
	return {
		root,
		select(id) {
			selected = id;
			update();
		},
		/* By how many the focus moves, or the thread opened next. */
		step(by) {
			const at = items.contains(document.activeElement) ?
			    focus_at : all.findIndex(
			    t => t.thread_id === selected);

			focus_row(Math.max(0, Math.min(all.length - 1,
			    at + by)));
		},
		search() {
			box.focus();
			box.select();
		},
		close() {
			off();
			sizes.disconnect();
			clearTimeout(timer);
			clearTimeout(rest);
		},
	};
}
