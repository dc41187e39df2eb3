/*
 * waits.js: what LangGraph's graph waits for, at the end of a conversation.
 * It is answered where the agent runs: here it is only shown.
 */
import { json } from "./decide.js";
import { h, icon, say } from "./dom.js";
import { code_block, plain } from "./markdown.js";

const HEADING = "Waiting for you";

const value = v => typeof v === "string" ? plain(v) :
	code_block(json(v), "json");

/* Most have a value; what has none is one, or cannot be read. */
function part(interrupt)
{
	const of = interrupt ?? {};

	return h("div.part", {}, Object.hasOwn(of, "value") ? value(of.value) :
	    Object.hasOwn(of, "unreadable") ? h("p.muted", {},
		"This is stored in a form that cannot be read here.") :
	    value(interrupt));
}

/* { root, show(interrupts) }: root stays; nothing is seen while none waits. */
export function waits()
{
	const head = h("h2.call-head", { id: "waits", tabindex: -1 },
	    icon("inbox"), h("span.title", {}, HEADING));
	const root = h("section.call.pending", { hidden: true,
	    "aria-labelledby": head.id });
	let shown = null;

	function show(interrupts)
	{
		const now = JSON.stringify(interrupts);
		const had = root.contains(document.activeElement);

		if (now === shown)
			return;
		if (shown !== null && interrupts.length > 0)
			say(HEADING);
		shown = now;
		root.hidden = interrupts.length === 0;
		root.replaceChildren(head, ...interrupts.map(part));
		if (had)
			(root.hidden ? root.parentElement : head)
			    .focus({ preventScroll: true });
	}

	return { root, show };
}
