/*
 * talk.js: a conversation.  All faces tell of it: the state has the messages
 * and tool calls, studio the tools' inputs and outputs and the files, the runs
 * face which run gave which answer and how that was rated, ChatKit's its items.
 */
import { chat, get, or_none, query, studio, v1 } from "./api.js";
import { is_chatkit, items_of, with_items } from "./chatkit.js";
import { button, failed, h, icon, line, name } from "./dom.js";
import { card, json } from "./decide.js";
import { thumb } from "./files.js";
import { on_event } from "./live.js";
import { code_block, markdown, own_file, plain, safe_url }
    from "./markdown.js";
import { rating } from "./rating.js";
import { note_runs } from "./threads.js";
import { to_ms, when } from "./time.js";
import { waits } from "./waits.js";

const PAGE = 100;

/* --- What belongs together: a question, and all up to the next one */

const time_of = m => m?.created_at ? to_ms(m.created_at) : NaN;

function insert(turns, turn)
{
	const at = turns.findIndex(t => t.at > turn.at);

	turns.splice(at < 0 ? turns.length : at, 0, turn);
}

/* complete: no earlier messages than these exist. */
export function turns_of(messages, complete, chats, runs, calls)
{
	const turns = [];
	const start = complete ? -Infinity : time_of(messages[0]);

	for (const m of messages) {
		if (m.role === "user" || turns.length === 0)
			turns.push({ key: m.id, user: null, items: [],
			    calls: [], at: time_of(m) });
		const turn = turns.at(-1);

		if (m.role === "user")
			turn.user = m;
		else
			turn.items.push(m);
	}
	let from = 0;
	const asked = (text, at) => turns.findIndex((t, i) => i >= at &&
	    t.user !== null && !t.run_id && t.user.content.trim() === text);

	for (const c of chats) {
		const i = asked(c.prompt, from);

		if (i >= 0) {
			from = i + 1;
			Object.assign(turns[i], { chat: c, run_id: c.run_id });
		} else if (c.createdAt >= start) {
			insert(turns, { key: c.id, user: { content: c.prompt,
			    created_at: new Date(c.createdAt).toISOString() },
			    items: [], calls: [], chat: c, run_id: c.run_id,
			    at: c.createdAt });
		}
	}
	const used = new Set(turns.map(t => t.run_id));

	from = 0;
	for (const r of runs) {
		if (used.has(r.run_id))
			continue;
		const i = asked((r.prompt ?? "").trim(), from);
		const at = r.timestamp ? to_ms(r.timestamp) : -Infinity;

		if (i >= 0) {
			from = i + 1;
			turns[i].run_id = r.run_id;
		} else if (at >= start) {
			insert(turns, { key: r.run_id, user: { content:
			    r.prompt ?? "", created_at: r.timestamp },
			    items: [], calls: [], run_id: r.run_id, at });
		}
	}
	for (const c of calls) {
		const at = to_ms(c.requested_at);
		const of = turns.find(t => c.message_id !== null &&
		    (t.user?.id === c.message_id ||
		    t.items.some(m => m.id === c.message_id))) ??
		    turns.findLast(t => !(t.at > at));

		if (of)
			of.calls.push(c);
		else if (complete)
			turns.unshift({ key: c.id, user: null, items: [],
			    calls: [c], at });
	}
	return turns;
}

/* --- One turn */

/* Whatever has no form of its own: folded, and made when it is opened. */
function folded(which, label, make, open = false)
{
	const box = h("details.fold", { open }, h("summary", {}, icon(which),
	    label));
	const fill = () => {
		if (box.open && box.childElementCount === 1)
			box.append(...[make()].flat().filter(e => e));
	};

	box.addEventListener("toggle", fill);
	fill();
	return box;
}

const value = v => typeof v === "string" ? plain(v, "pre.text") :
	code_block(json(v), "json");

function image_part(p)
{
	const src = typeof p.image_url === "string" ? p.image_url :
	    p.image_url?.url ?? p.url ?? p.source?.url ?? "";
	const own = own_file(src);
	const url = safe_url(src);

	if (own !== null)
		return h("img.shot", { src: own, alt: line(p.alt ?? "Image"),
		    loading: "lazy" });
	return url === null ? h("p.muted", {}, "Image that is not shown: ",
	    line(src.slice(0, 60))) :
	    h("p", {}, h("a", { href: url, target: "_blank",
		rel: "noopener noreferrer nofollow" }, "Image elsewhere"));
}

/* The parts of a message that are not its text. */
function parts(m)
{
	const all = Array.isArray(m.parts) ? m.parts : [];

	return all.filter(p => p !== null && typeof p === "object" &&
	    p.type !== undefined && !["text", "input_text", "output_text"]
	    .includes(p.type)).map(p => {
		if (p.type === "image_url" || p.type === "image" ||
		    p.type === "input_image")
			return image_part(p);
		if (p.type === "tool_use" || p.type === "tool_call")
			return folded("tool", name(p.name ?? "tool"),
			    () => value(p.input ?? p.args ?? p));
		return folded("file", name(String(p.type)), () => value(p));
	});
}

function tool_row(m, more)
{
	const input = more?.tool_input ?? null;
	const output = more?.tool_output ?? null;

	return folded("tool", name(m.tool_name ?? more?.tool_name ?? "Tool"),
	    () => [input === null ? null : h("p.label", {}, "Input"),
		input === null ? null : value(input),
		output === null && !m.content && m.parts === undefined ? null :
		    h("p.label", {}, "Output"),
		output === null ? m.content ? value(m.content) :
		    m.parts === undefined ? null : value(m.parts) :
		    value(output)]);
}

/* What stands between the messages of a ChatKit thread. */
function item_row(i)
{
	if (i.type === "generated_image")
		return image_part({ url: i.image?.url });
	if (i.type !== "client_tool_call")
		return folded("file", name(i.title ?? i.type), () => value(i));
	return folded("tool", name(i.name), () => [
	    h("p.label", {}, "Input"), value(i.arguments ?? {}),
	    i.output === undefined ? h("p.muted", {}, line(i.status)) :
		h("p.label", {}, "Output"),
	    i.output === undefined ? null : value(i.output)]);
}

const file_list = files => files.length === 0 ? null :
	h("ul.thumbs", { role: "list", "aria-label": "Files" },
	    files.map(a => h("li", {}, thumb(a))));

function message(m, more)
{
	if (m.role === "tool")
		return tool_row(m, more);
	if (m.role === "item")
		return item_row(m.item);
	if (m.role === "system")
		return folded("file", "Instructions", () => plain(m.content));
	const files = more?.artifacts ?? [];
	const others = parts(m);

	/* An answer that only calls tools says nothing itself. */
	if (m.content === "" && others.length === 0 && files.length === 0)
		return null;
	return h("div.answer", {},
	    m.content === "" ? null : markdown(m.content), others,
	    file_list(files));
}

/* What the runs face knows beside the answer. */
function extras(c)
{
	const queries = c.queries_and_results ?? [];
	const chunks = c.top_chunks ?? [];
	const next = c.followup_prompts ?? [];
	const sets = c.datasets_used ?? [];

	return [
	    queries.length === 0 ? null : folded("tool",
		queries.length === 1 ? "1 query" : queries.length + " queries",
		() => queries.flatMap(([q, r]) => [code_block(q, "sql"),
		    plain(r ?? "", "pre.text")])),
	    chunks.length === 0 ? null : folded("file",
		chunks.length === 1 ? "1 source" : chunks.length + " sources",
		() => chunks.map(k => h("div.part", {},
		    k.source_file ? h("p.label", {}, name(k.source_file),
			k.page_number ? ", page " + k.page_number : "") : null,
		    plain(k.page_content ?? "")))),
	    sets.length === 0 ? null : h("p.muted", {}, "Data: ",
		sets.map((s, i) => [i ? ", " : "", h("code", {}, line(s))])
		.flat()),
	    next.length === 0 ? null : folded("chat", "To ask next",
		() => h("ul", {}, next.map(p => h("li", {}, line(p))))),
	];
}

function draw_turn(turn, about)
{
	const answered = turn.chat && turn.items.some(m =>
	    m.role === "assistant" &&
	    m.content.trim() === turn.chat.final_answer);
	const bare = turn.items.length === 0 && !turn.chat &&
	    turn.calls.length === 0;

	return h("article.turn", {},
	    turn.user === null ? null : h("div.question", {},
		h("h2", {}, "You ", when(turn.user.created_at)),
		turn.user.content === "" ? null :
		    plain(turn.user.content), parts(turn.user),
		file_list(turn.user.files ?? [])),
	    h("div.reply", {},
		turn.items.map(m => message(m, about.rows.get(m.id))),
		turn.chat && !answered ?
		    h("div.answer", {}, markdown(turn.chat.final_answer)) :
		    null,
		turn.chat ? extras(turn.chat) : null,
		turn.calls.map(c => card(c, { changed: about.changed })),
		bare ? h("p.muted", {}, "No answer is stored.") : null,
		turn.run_id ? rating(turn.run_id,
		    about.sentiments[turn.run_id] ?? null,
		    about.feedback[turn.run_id]?.comment ?? null,
		    (thumb_value, comment) => {
			about.rated(turn, thumb_value, comment);
		    }) : null));
}

/* --- The whole */

export async function open_talk(t, pane)
{
	const id = t.thread_id;
	const box = h("div.turns");
	const top = h("div.foot");
	const waiting = waits();
	const drawn = new Map();	/* key → { node, of, turn } */
	let messages = [], calls = [], items = [], rows = new Map();
	let interrupts = [];
	let chats = [], runs = [], sentiments = {}, feedback = {};
	let earlier = null, earlier_rows = null;
	let over = false, timer = null, busy = null, edits = 0;

	const state_path = after => v1(id) + "/state?" + query({ limit: PAGE,
	    tail: "true", cursor: after,
	    include: after === null ? "interrupts" : null });
	const rows_path = after => studio(t.conversation_id) + "/messages?" +
	    query({ limit: 200, cursor: after });

	const signature = turn => JSON.stringify([turn,
	    turn.items.map(m => rows.get(m.id) ?? 0),
	    sentiments[turn.run_id] ?? null,
	    feedback[turn.run_id]?.comment ?? null]);

	const about = {
		get rows() { return rows; },
		get sentiments() { return sentiments; },
		get feedback() { return feedback; },
		changed: () => later(),
		/* Drawn already: the turn stays, if it still is what is seen. */
		rated(turn, thumb_value, comment) {
			const seen = drawn.get(turn.key);

			edits++;
			if (thumb_value === null)
				delete sentiments[turn.run_id];
			else
				sentiments[turn.run_id] = thumb_value;
			feedback[turn.run_id] =
			    { ...feedback[turn.run_id], comment };
			if (seen?.turn === turn)
				seen.of = signature(turn);
			else
				later();
		},
	};

	/* Turns that did not change keep their elements, and what is open. */
	function draw()
	{
		const turns = turns_of(with_items(messages, items),
		    earlier === null, chats, runs, calls);
		const focus = document.activeElement;
		const want = [];

		for (const turn of turns) {
			const of = signature(turn);
			const old = drawn.get(turn.key);
			const typing = old?.node.contains(focus) &&
			    focus.tagName === "TEXTAREA";

			if (old === undefined || old.of !== of && !typing) {
				const node = draw_turn(turn, about);
				const key = old?.node.contains(focus) &&
				    focus.dataset.key;

				drawn.set(turn.key, { node, of, turn });
				want.push(node);
				if (old)
					old.node.replaceWith(node);
				if (key)
					node.querySelector("[data-key=" + key +
					    "]")?.focus();
			} else {
				want.push(old.node);
			}
		}
		const keep = new Set(want);

		for (const [key, { node }] of drawn) {
			if (!keep.has(node)) {
				node.remove();
				drawn.delete(key);
			}
		}
		want.forEach((node, i) => {
			if (box.children[i] !== node)
				box.insertBefore(node, box.children[i] ?? null);
		});
		top.replaceChildren(...(earlier === null ? [] :
		    [button("Earlier messages", back)]),
		    ...(turns.length + interrupts.length > 0 ? [] :
		    [h("p.muted", {}, "Nothing has been said here yet.")]));
		waiting.show(interrupts);
	}

	const of_rows = list => new Map(list.map(m => [m.id, m]));

	/* Of a ChatKit thread, which its messages show it to be. */
	const load_items = async () => {
		if (messages.length === 0 ||
		    [...rows.values()].some(is_chatkit))
			items = await items_of(id, earlier === null ?
			    -Infinity : time_of(messages[0]));
	};

	async function load()
	{
		const before = edits;
		const [state, mine, one, rated] = await Promise.all([
		    get(state_path(null), { exact: true }),
		    or_none(get(rows_path(null), { page: true }),
			{ body: [], next: null }),
		    get("/chat/all-messages-for-one-thread/" +
			encodeURIComponent(id)),
		    get(chat(id) + "/feedback")]);

		/* What was read may be older than what was done meanwhile. */
		if (before !== edits) {
			later();
			return;
		}
		/* What was walked back to stays. */
		const first = state.messages[0]?.id;
		const known = first === undefined ? -1 :
		    messages.findIndex(m => m.id === first);
		const new_ids = new Set(state.tool_calls.map(c => c.id));

		if (known > 0) {
			messages = [...messages.slice(0, known),
			    ...state.messages];
			calls = [...calls.filter(c => !new_ids.has(c.id)),
			    ...state.tool_calls];
			rows = new Map([...rows, ...of_rows(mine.body)]);
		} else {
			messages = state.messages;
			calls = state.tool_calls;
			earlier = state.next_cursor;
			rows = of_rows(mine.body);
			earlier_rows = mine.next;
		}
		interrupts = state.interrupts;
		chats = one.messages;
		runs = one.runIds;
		sentiments = one.sentiments;
		feedback = rated;
		note_runs(id, runs);
		await load_items();
		if (!over)
			draw();
	}

	async function back()
	{
		/* The first turn may become part of one before it. */
		const anchor = box.children[1] ?? box.firstElementChild;

		try {
			const [state, mine] = await Promise.all([
			    get(state_path(earlier), { exact: true }),
			    earlier_rows === null ? { body: [], next: null } :
				get(rows_path(earlier_rows), { page: true })]);

			messages = [...state.messages, ...messages];
			calls = [...state.tool_calls, ...calls];
			rows = new Map([...rows, ...of_rows(mine.body)]);
			earlier = state.next_cursor;
			earlier_rows = mine.next;
			await load_items();
			const before = anchor?.getBoundingClientRect().top;

			draw();
			if (anchor?.isConnected)
				pane.scrollTop += anchor
				    .getBoundingClientRect().top - before;
			box.querySelector("article")?.setAttribute("tabindex",
			    "-1");
			if (earlier === null)
				box.querySelector("article")
				    ?.focus({ preventScroll: true });
			else
				top.querySelector("button")
				    .focus({ preventScroll: true });
		} catch (e) {
			failed(e);
		}
	}

	/*
	 * One load at a time; an event during it asks for another.  However
	 * many come: they wait for the first one's, not for the last one's.
	 */
	function later()
	{
		timer ??= setTimeout(async () => {
			timer = null;
			if (busy !== null) {
				await busy;
				later();
				return;
			}
			const end = pane.scrollHeight - pane.scrollTop -
			    pane.clientHeight < 80;

			busy = load().catch(() => {});
			await busy;
			busy = null;
			if (end && !over)
				pane.scrollTop = pane.scrollHeight;
		}, 120);
	}

	const off = on_event(event => {
		if (event.type === "reload" || event.thread_id === id &&
		    event.type !== "thread.updated")
			later();
	});

	pane.replaceChildren(top, box, waiting.root);
	try {
		await load();
	} catch (e) {
		off();
		throw e;
	}
	return {
		shown: () => { pane.scrollTop = pane.scrollHeight; },
		close() {
			over = true;
			clearTimeout(timer);
			off();
		},
	};
}
