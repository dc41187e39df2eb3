/* export.js: a whole thread as one file, JSON or Markdown. */
import { chat, get, or_none, query, studio, v1 } from "./api.js";
import { is_chatkit, items_of, with_items } from "./chatkit.js";
import { line, save, say } from "./dom.js";
import { turns_of } from "./talk.js";
import { title_of } from "./threads.js";

async function whole_state(id)
{
	const out = { messages: [], tool_calls: [], checkpoints: [] };
	let page, cursor = null;

	do {
		page = await get(v1(id) + "/state?" +
		    query({ limit: 1000, cursor }), { exact: true });
		for (const key of Object.keys(out))
			out[key].push(...page[key]);
		cursor = page.next_cursor;
	} while (page.has_more);
	return { ...page, ...out };
}

async function whole_list(path)
{
	const out = [];
	let cursor = null;

	do {
		const { body, next } = await or_none(get(path + "?" +
		    query({ limit: 200, cursor }), { page: true,
		    exact: true }), { body: [], next: null });

		out.push(...body);
		cursor = next;
	} while (cursor !== null);
	return out;
}

async function everything(t)
{
	const id = t.thread_id;
	const [state, one, feedback, rows, files] = await Promise.all([
	    whole_state(id),
	    get("/chat/all-messages-for-one-thread/" +
		encodeURIComponent(id), { exact: true }),
	    get(chat(id) + "/feedback"),
	    whole_list(studio(t.conversation_id) + "/messages"),
	    whole_list(studio(t.conversation_id) + "/artifacts")]);

	const items = state.messages.length === 0 || rows.some(is_chatkit) ?
	    await items_of(id, -Infinity) : [];

	return { state, one, feedback, rows, files, items };
}

const block = (text, language) => {
	const fence = "`".repeat(Math.max(3, ...(text.match(/`+/g) ?? [])
	    .map(s => s.length + 1)));

	return fence + language + "\n" + text + "\n" + fence;
};

const quoted = text => text.split("\n").map(s => "> " + s).join("\n");

function markdown_of(t, { state, one, feedback, rows, files, items })
{
	const by_id = new Map(rows.map(m => [m.id, m]));
	const out = ["# " + title_of(t)];
	const json = v => block(JSON.stringify(v, null, 2), "json");
	const named = a => "- " + line(a.name) + ", " + line(a.mime);

	for (const turn of turns_of(with_items(state.messages, items), true,
	    one.messages, one.runIds, state.tool_calls)) {
		const rating = one.sentiments[turn.run_id];
		const comment = feedback[turn.run_id]?.comment;

		if (turn.user !== null)
			out.push("## You", quoted(turn.user.content),
			    (turn.user.files ?? []).map(named).join("\n"));
		for (const m of turn.items) {
			const row = by_id.get(m.id);

			if (m.role === "item") {
				out.push("**" + line(m.item.name ??
				    m.item.type) + "**", json(m.item));
				continue;
			}
			out.push(m.role === "assistant" ? m.content :
			    "**" + line(m.tool_name ?? m.role) + "**");
			if (m.role !== "assistant") {
				if (row?.tool_input)
					out.push(json(row.tool_input));
				out.push(row?.tool_output ?
				    json(row.tool_output) :
				    block(m.content, ""));
			}
		}
		if (turn.chat && !turn.items.some(m =>
		    m.content.trim() === turn.chat.final_answer))
			out.push(turn.chat.final_answer);
		for (const c of turn.calls)
			out.push("**" + line(c.tool_name) + "**: " + c.status,
			    json({ inputs: c.inputs, edited_inputs:
			    c.edited_inputs ?? undefined, outputs: c.outputs ??
			    undefined }));
		if (typeof rating === "boolean")
			out.push("*Rated " + (rating ? "good" : "bad") + ".*");
		if (comment)
			out.push("*Comment:*", quoted(comment));
	}
	if (files.length > 0)
		out.push("## Files", files.map(a => named(a) + ", " + a.size +
		    " bytes").join("\n"));
	return out.filter(s => s !== "").join("\n\n") + "\n";
}

/* Without the links' tokens: a file is passed on. */
const bare = ({ url, preview_url, ...rest }) => rest;
const bare_item = item => Array.isArray(item.attachments) ?
	{ ...item, attachments: item.attachments.map(a => bare(a ?? {})) } :
	item;

function json_of(t, { state, one, feedback, rows, files, items })
{
	return JSON.stringify({ thread: { thread_id: t.thread_id,
	    conversation_id: t.conversation_id, title: title_of(t),
	    created_at: t.created_at, updated_at: t.updated_at,
	    archived_at: t.archived_at, metadata: t.metadata },
	    messages: state.messages, tool_calls: state.tool_calls,
	    checkpoints: state.checkpoints, answers: one.messages,
	    runs: one.runIds, sentiments: one.sentiments, feedback,
	    rows: rows.map(m => ({ ...m, artifacts:
		(m.artifacts ?? []).map(bare) })), files: files.map(bare),
	    items: items.toReversed().map(bare_item) },
	    null, 2) + "\n";
}

export async function export_thread(t, how)
{
	const all = await everything(t);
	const file = (title_of(t).replace(/[^\p{L}\p{N}]+/gu, "-")
	    .replace(/^-|-$/g, "").slice(0, 60) || "thread");

	if (how === "json")
		save(file + ".json", "application/json", json_of(t, all));
	else
		save(file + ".md", "text/markdown;charset=utf-8",
		    markdown_of(t, all));
	say("Exported");
}
