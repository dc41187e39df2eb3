/* decide.js: a tool call as a card, and what its owner decides about it. */
import { ApiError, get, post, v1 } from "./api.js";
import { button, failed, h, icon, name, say } from "./dom.js";
import { code_block } from "./markdown.js";
import { when } from "./time.js";

const words = {
	pending: "waiting", approved: "approved", rejected: "rejected",
	completed: "completed", failed: "failed",
};

/*
 * As text, without what turns it around or hides in it: who decides sees what
 * is meant.  As JSON it says the same.
 */
const unseen = new RegExp("[\\u007F-\\u009F\\u00AD\\u061C\\u180E\\u200B\\u200E" +
	"\\u200F\\u2028-\\u202E\\u2060-\\u206F\\uFEFF\\uFFF9-\\uFFFB]|" +
	"\\uDB40[\\uDC00-\\uDFFF]", "g");

export const json = value => JSON.stringify(value, null, 2)
	?.replace(unseen, s => s.split("").map(c => "\\u" +
	c.charCodeAt(0).toString(16).padStart(4, "0")).join(""));

/* The text of a JSON object, or why it is none. */
export function check_object(text)
{
	let value;

	try {
		value = JSON.parse(text);
	} catch (e) {
		return "This is not JSON: " + e.message;
	}
	return value === null || typeof value !== "object" ||
	    Array.isArray(value) ? "Arguments are an object: { … }" : null;
}

const is_empty = value => value === null || value === undefined ||
	typeof value === "object" && Object.keys(value).length === 0;

function part(label, value)
{
	return is_empty(value) ? null : h("div.part", {},
	    h("p.label", {}, label), code_block(json(value), "json"));
}

/*
 * card(call, { of, open, changed }): of is the thread's title for the inbox;
 * changed(call) is told after a decision, whoever took it.
 */
export function card(call, { of, open = false, changed } = {})
{
	const root = h("article.call", { "data-call": call.id });

	function fill(next)
	{
		call = next;
		const pending = call.status === "pending";
		const text = words[call.status] ?? call.status;
		const head = [icon("tool"),
		    name(call.tool_name, { class: "title" }),
		    h("span.chip." + (words[call.status] ? call.status : ""),
			{}, text)];
		const body = [
		    of ? h("p.muted", {}, "In ", h("a", { href: "#/thread/" +
			encodeURIComponent(call.thread_id) }, name(of))) : null,
		    part("Arguments", call.inputs),
		    part("Changed to", call.edited_inputs),
		    part("Result", call.outputs),
		    call.error_message ? h("div.part", {},
			h("p.label", {}, call.status === "rejected" ?
			    "Reason" : "Error"),
			h("p.text", { dir: "auto" },
			    call.error_message)) : null,
		    call.responded_by ? h("p.muted", {}, "Decided by ",
			name(call.responded_by), " ", when(call.responded_at)) :
			null,
		    pending ? controls() : null].filter(e => e !== null);

		root.className = "call " + (words[call.status] ?
		    call.status : "");
		if (open || pending) {
			root.replaceChildren(h(of ? "h2.call-head" :
			    "h3.call-head", { tabindex: -1 }, head,
			    when(call.requested_at)), ...body);
		} else {
			root.replaceChildren(h("details", {},
			    h("summary", {}, head, when(call.requested_at)),
			    ...body));
		}
	}

	async function decide(what, raw)
	{
		const text = JSON.stringify({ tool_call_id: call.id, ...what });

		root.setAttribute("aria-busy", "true");
		try {
			/* The edited text goes as it was typed. */
			await post(v1(call.thread_id) + "/tool-result",
			    raw === undefined ? text : text.slice(0, -1) +
			    ',"edited_inputs":' + raw + "}");
			say(call.tool_name + " is " + what.status);
		} catch (e) {
			if (!(e instanceof ApiError) || e.status !== 409) {
				root.removeAttribute("aria-busy");
				failed(e);
				return;
			}
			say("This was decided elsewhere: " + e.message);
		}
		await again();
	}

	async function again()
	{
		const had = root.contains(document.activeElement);

		try {
			fill(await get("/api/v1/tool-calls/" + call.id,
			    { exact: true }));
		} catch (e) {
			failed(e);
		}
		root.removeAttribute("aria-busy");
		if (had)
			root.querySelector(".call-head, summary")?.focus();
		changed?.(call);
	}

	function controls()
	{
		const box = h("div.decide", {});
		const choices = [
		    button("Approve", () => decide({ status: "approved" }),
			"primary"),
		    button("Edit arguments…", () => edit()),
		    button("Reject…", () => reject())];
		const back = which => {
			box.replaceChildren(...choices);
			choices[which].focus();
		};

		function edit()
		{
			const id = "edit-" + call.id;
			const bad = h("p.error", { id: id + "-why",
			    role: "alert" });
			const area = h("textarea.mono", { id, rows: 8,
			    spellcheck: "false", "aria-describedby": bad.id,
			    value: json(call.inputs ?? {}),
			    oninput: () => check() });
			const check = () => {
				const why = check_object(area.value);

				bad.textContent = why ?? "";
				area.setAttribute("aria-invalid",
				    String(why !== null));
				return why === null;
			};

			box.replaceChildren(h("form", { onsubmit: event => {
				event.preventDefault();
				if (check())
					decide({ status: "approved" },
					    area.value);
				else
					area.focus();
			} }, h("label", { for: id }, "Arguments"), area, bad,
			    h("footer", {}, button("Cancel", () => back(1)),
				h("button.primary", { type: "submit" },
				    "Approve with these"))));
			area.focus();
		}

		function reject()
		{
			const id = "reject-" + call.id;
			const area = h("textarea", { id, rows: 3,
			    maxlength: 65536 });

			box.replaceChildren(h("form", { onsubmit: event => {
				event.preventDefault();
				decide({ status: "rejected",
				    error_message: area.value.trim() || null });
			} }, h("label", { for: id }, "Reason, for the agent"),
			    area, h("footer", {},
				button("Cancel", () => back(2)),
				h("button.danger", { type: "submit" },
				    "Reject"))));
			area.focus();
		}

		box.append(...choices);
		return box;
	}

	fill(call);
	/* What somebody else did to it. */
	root.update = next => {
		if (next.status !== call.status ||
		    next.updated_at !== call.updated_at)
			return again();
	};
	return root;
}
