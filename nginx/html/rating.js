/* rating.js: thumbs and a comment for one run. */
import { post } from "./api.js";
import { button, failed, h, icon_button, say } from "./dom.js";

/* value: true, false or null; changed(value, comment) after it is stored. */
export function rating(run_id, value, comment, changed)
{
	const root = h("div.rating", { role: "group",
	    "aria-label": "Rate this answer" });
	const note = h("div.note");
	const done = () => {
		draw();
		open.focus();
	};

	async function rate(next)
	{
		const before = value;

		value = next;
		draw();
		try {
			await post("/sentiment", { run_id, sentiment: next });
			/* A cleared thumb has nothing to deliver. */
			if (next !== null)
				await post("/feedback", { run_id,
				    feedback: next ? 1 : 0 });
			changed(value, comment);
			say(next === null ? "Rating taken back" : next ?
			    "Rated good" : "Rated bad");
		} catch (e) {
			value = before;
			draw();
			failed(e);
		}
	}

	function write()
	{
		const id = "comment-" + run_id;
		const area = h("textarea", { id, rows: 3, maxlength: 1000,
		    value: comment ?? "" });

		note.replaceChildren(h("form", { onsubmit: async event => {
			event.preventDefault();
			const text = area.value.trim();

			if (text === "") {
				area.focus();
				return;
			}
			try {
				await post("/feedback",
				    { run_id, comment: text });
				comment = text;
				changed(value, comment);
				say("Comment saved");
				done();
			} catch (e) {
				failed(e);
			}
		} }, h("label", { for: id }, "Comment"), area,
		    h("footer", {}, button("Cancel", done),
			h("button.primary", { type: "submit" }, "Save"))));
		area.focus();
	}

	const up = icon_button("thumb_up", "Good answer",
	    () => rate(value === true ? null : true), { "data-key": "up" });
	const down = icon_button("thumb_down", "Bad answer",
	    () => rate(value === false ? null : false), { "data-key": "down" });
	const open = button("", write, "link");

	function draw()
	{
		up.setAttribute("aria-pressed", String(value === true));
		down.setAttribute("aria-pressed", String(value === false));
		open.textContent = comment ? "Change comment" : "Comment";
		note.replaceChildren(...(comment ?
		    [h("p.text", { dir: "auto" }, comment)] : []));
	}

	open.dataset.key = "comment";
	draw();
	root.append(up, down, open, note);
	return root;
}
