/*
 * chatkit.js: what only ChatKit's own protocol tells of its threads: the files
 * sent along with a message, and items that are no messages.
 */
import { post } from "./api.js";
import { to_ms } from "./time.js";

const PAGE = 200;
const blocks = new Set(["input_text", "input_tag", "output_text"]);
const messages = new Set(["user_message", "assistant_message"]);

/* Whether a row of studio's list lies in ChatKit's store. */
export const is_chatkit = row => row.message_id === null &&
	Array.isArray(row.content?.blocks) &&
	row.content.blocks.every(b => blocks.has(b?.type));

/* Newest first, back to a time in ms. */
export async function items_of(id, since)
{
	const all = [];
	let page, after;

	do {
		page = await post("/chatkit", { type: "items.list", params: {
		    thread_id: id, limit: PAGE, ...(after && { after }) } },
		    { exact: true });
		all.push(...page.data);
		after = page.after;
	} while (page.has_more && !(to_ms(all.at(-1)?.created_at) < since));
	return all.filter(i => !(to_ms(i.created_at) < since));
}

/* Nothing but an item's id, type and time is checked by anybody. */
const files_of = item => (Array.isArray(item.attachments) ?
	item.attachments : []).filter(a => typeof a?.id === "string")
	.map(file_of);

/* A file sent along as files.js has it; of its link the token alone counts. */
function file_of(a)
{
	const path = "/chatkit/attachments/" + encodeURIComponent(a.id);
	const [, token] = /[?&]token=([\w.-]+)/.exec(a.preview_url) ?? [];

	return { name: String(a.name), mime: String(a.mime_type),
	    url: !a.preview_url ? "" : path + "/preview" +
		(token ? "?token=" + token : ""),
	    content: path + "/content" };
}

/* The messages with their files, and the other items among them. */
export function with_items(list, items)
{
	const files = new Map();
	const others = [];

	if (items.length === 0)
		return list;
	for (const item of [...items].reverse()) {
		const at = to_ms(item.created_at);

		if (item.type === "user_message")
			files.set(at, [...files.get(at) ?? [],
			    files_of(item)]);
		else if (!messages.has(item.type) &&
		    item.type !== "end_of_turn")
			others.push({ id: item.id, role: "item", content: "",
			    created_at: item.created_at, item });
	}
	const all = [...list.map(m => m.role === "user" ? { ...m,
	    files: files.get(to_ms(m.created_at))?.shift() ?? [] } : m),
	    ...others];

	return all.sort((a, b) => to_ms(a.created_at) - to_ms(b.created_at));
}
