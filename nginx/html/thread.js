/* thread.js: one thread: its conversation, its files, its model. */
import { thread_menu } from "./actions.js";
import { h, icon, icon_button, name } from "./dom.js";
import { is_gone, is_lost, known, on_threads, one_thread, run_count, title_of }
    from "./threads.js";
import { when } from "./time.js";

const tabs = [["", "Conversation"], ["files", "Files"], ["model", "Model"]];

async function load_tab(tab, t, pane)
{
	switch (tab) {
	case "files":
		return (await import("./files.js")).open_files(t, pane);
	case "model":
		return (await import("./model.js")).open_model(t, pane);
	default:
		return (await import("./talk.js")).open_talk(t, pane);
	}
}

function missing()
{
	return { root: h("section.detail.empty", {},
	    h("h1", { tabindex: -1 }, "Thread not found"),
	    h("p.muted", {}, "It may have been deleted."),
	    h("p", {}, h("a", { href: "#/" }, "To the threads"))),
	    title: "Thread not found" };
}

export async function open(id, tab = "")
{
	let t;

	if (is_gone(id))
		return missing();
	try {
		t = known(id) ?? await one_thread(id);
	} catch (e) {
		if (e.status === 404)
			return missing();
		throw e;
	}

	const base = "#/thread/" + encodeURIComponent(id);
	const title = h("h1", { id: "thread-title", tabindex: -1 });
	const meta = h("p.meta.muted");
	const opener = icon_button("more", "Actions for this thread",
	    () => thread_menu(opener, known(id) ?? t),
	    { "aria-haspopup": "menu", "aria-expanded": "false" });
	const links = h("nav.tabs", { "aria-label": "Thread" },
	    tabs.map(([key, label]) => h("a", { "data-tab": key,
		href: base + (key && "/" + key) }, label)));
	const pane = h("div.pane", { tabindex: 0, role: "region",
	    "aria-label": "Conversation" });
	const view = {
		root: h("section.detail", { "aria-labelledby": title.id },
		    h("div.detail-head", {},
			h("a.icon-button.back", { href: "#/",
			    "aria-label": "Back to the threads" },
			    icon("back")),
			h("div.detail-title", {}, title, meta), opener),
		    links, pane),
		title: "", go, close,
		opened: () => now?.shown?.(),
	};
	let now = null, turn = 0;

	function head()
	{
		const next = known(id);
		const n = next && run_count(next);

		if (next === null)
			return;
		t = next;
		view.title = title_of(t);
		title.replaceChildren(name(title_of(t)));
		meta.replaceChildren(...[when(t.updated_at),
		    n === null ? null : h("span", {},
			n === 1 ? "1 run" : n + " runs"),
		    t.archived_at === null ? null :
			h("span.chip", {}, "archived")].filter(e => e));
	}

	async function go(_, wanted = "")
	{
		const mine = ++turn;

		now?.close();
		now = null;
		for (const a of links.children) {
			if (a.dataset.tab === wanted)
				a.setAttribute("aria-current", "page");
			else
				a.removeAttribute("aria-current");
		}
		pane.setAttribute("aria-label", tabs.find(
		    ([key]) => key === wanted)?.[1] ?? "Thread");
		pane.replaceChildren(h("p.muted", {}, "Loading…"));
		try {
			const next = await load_tab(wanted, t, pane);

			if (mine !== turn) {
				next.close();
				return;
			}
			now = next;
			now.shown?.();
		} catch (e) {
			if (mine === turn)
				pane.replaceChildren(h("p", { role: "alert" },
				    e.message));
		}
	}

	function lose()
	{
		const { root } = missing();

		close();
		view.root.className = root.className;
		view.root.replaceChildren(...root.childNodes);
	}

	function close()
	{
		turn++;
		now?.close();
		off();
	}

	const off = on_threads(() => {
		if (known(id) === null && !is_gone(id) && now !== null) {
			/* Not in the list, or deleted elsewhere. */
			if (is_lost(id))
				lose();
			else
				one_thread(id).catch(e => {
					if (e.status === 404)
						lose();
				});
		}
		head();
	});

	head();
	await go(id, tab);
	return view;
}
