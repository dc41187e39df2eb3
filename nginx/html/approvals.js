/* approvals.js: the tool calls that wait for their owner, over all threads. */
import { get, query } from "./api.js";
import { button, h } from "./dom.js";
import { card } from "./decide.js";
import { on_event } from "./live.js";
import { known, one_thread, title_of } from "./threads.js";

const PAGE = 50;

export async function open()
{
	const cards = new Map();
	const box = h("div.cards");
	const foot = h("div.foot", { "aria-live": "polite" });
	let cursor = null, status = "pending", turn = 0;

	const which = h("select", { id: "which", onchange: () => {
		status = which.value;
		again();
	} }, h("option", { value: "pending" }, "Waiting"),
	    h("option", { value: "" }, "All"),
	    ["approved", "rejected", "completed", "failed"].map(s =>
		h("option", { value: s }, s[0].toUpperCase() + s.slice(1))));
	const root = h("section.page", { "aria-labelledby": "title" },
	    h("div.page-head", {},
		h("h1", { id: "title", tabindex: -1 }, "Approvals"),
		h("label", { for: "which" }, "Show "), which),
	    box, foot);

	async function title(call)
	{
		const t = known(call.thread_id) ??
		    await one_thread(call.thread_id).catch(() => null);

		return t === null ? call.thread_id : title_of(t);
	}

	async function add(call, first)
	{
		const made = card(call, { of: await title(call), open: true });

		if (cards.has(call.id))
			return;
		cards.set(call.id, made);
		box[first ? "prepend" : "append"](made);
	}

	const path = after => "/api/v1/tool-calls?" + query({ status,
	    limit: PAGE, order: "desc", cursor: after });

	async function more()
	{
		const mine = turn;
		const page = await get(path(cursor), { exact: true });

		for (const call of page.tool_calls)
			if (mine === turn)
				await add(call, false);
		if (mine !== turn)
			return;
		cursor = page.next_cursor;
		foot.replaceChildren(...(page.has_more ?
		    [button("More", () => more().catch(bad))] :
		    cards.size > 0 ? [] : [h("p.muted", {},
			status === "pending" ? "Nothing waits for you." :
			"There are none.")]));
	}

	const bad = e => {
		if (e.status !== 401)
			foot.replaceChildren(h("p", { role: "alert" },
			    e.message), button("Try again", () => again()));
	};

	async function again()
	{
		turn++;
		cursor = null;
		cards.clear();
		box.replaceChildren();
		foot.replaceChildren(h("p.muted", {}, "Loading…"));
		await more().catch(bad);
	}

	/* Cards stay where they are; those decided elsewhere say so. */
	async function refresh()
	{
		const mine = turn;
		const page = await get(path(null), { exact: true })
		    .catch(() => null);

		if (page === null || mine !== turn)
			return;
		const here = new Map(page.tool_calls.map(c => [c.id, c]));

		for (const call of [...page.tool_calls].reverse())
			if (!cards.has(call.id))
				await add(call, true);
		for (const [id, made] of cards)
			if (here.has(id))
				made.update(here.get(id));
			else if (!page.has_more &&
			    made.classList.contains("pending"))
				made.update({ status: "?" });
		if (cards.size > 0 && !page.has_more)
			foot.replaceChildren();
	}

	const off = on_event(event => {
		const call = event.tool_call;

		if (event.type === "reload")
			refresh();
		else if (call && cards.has(call.id))
			cards.get(call.id).update(call);
		else if (call && (status === "" || status === call.status)) {
			add({ ...call, thread_id: event.thread_id }, true)
			    .then(() => foot.replaceChildren());
		}
	});

	await again();
	return { root, title: "Approvals", close: () => { turn++; off(); } };
}
