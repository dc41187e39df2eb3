/* rating.js: thumbs and a comment for one run; both can be taken back. */
import { post, remove } from "./api.js";
import { button, failed, h, icon_button, say } from "./dom.js";

/* value: true, false or null; changed(value, comment) after it is stored. */
export function rating(run_id, value, comment, changed)
{
	const root = h("div.rating", { role: "group",
	    "aria-label": "Rate this answer" });
	const note = h("div.note");
	const path = "/feedback/" + encodeURIComponent(run_id);
	const done = () => {
		draw();
		show();
		open.focus();
	};
	const stored = text => {
		changed(value, comment);
		say(text);
	};

	async function rate(next)
	{
		const before = value;

		value = next;
		draw();
		try {
			if (next === null)
				await remove(path + "/score");
			else
				await post("/feedback", { run_id,
				    feedback: next ? 1 : 0 });
			/* The last, because a reload shows this. */
			await post("/sentiment", { run_id, sentiment: next });
			stored(next === null ? "Rating taken back" : next ?
			    "Rated good" : "Rated bad");
		} catch (e) {
			value = before;
			draw();
			failed(e);
		}
	}

	async function save(text)
	{
		await post("/feedback", { run_id, comment: text });
		comment = text;
		stored("Comment saved");
	}

	async function take_back()
	{
		await remove(path + "/comment");
		comment = null;
		stored("Comment deleted");
	}

	async function take_back_all()
	{
		await remove(path);
		comment = null;
		await post("/sentiment", { run_id, sentiment: null });
		value = null;
		stored("Comment and rating deleted");
	}

	/* With the form gone, or still there when it failed. */
	const then_done = fn => async () => {
		try {
			await fn();
			done();
		} catch (e) {
			failed(e);
		}
	};

	function write()
	{
		const id = "comment-" + run_id;
		const area = h("textarea", { id, rows: 3, maxlength: 1000,
		    value: comment ?? "" });

		note.replaceChildren(h("form", { onsubmit: event => {
			event.preventDefault();
			const text = area.value.trim();

			if (text !== "")
				then_done(() => save(text))();
			else if (comment)
				then_done(take_back)();
			else
				area.focus();
		} }, h("label", { for: id }, "Comment"), area,
		    h("footer", {},
			comment ? button("Delete comment",
			    then_done(take_back), "danger") : null,
			comment && value !== null ?
			    button("Delete comment and rating",
				then_done(take_back_all), "danger") : null,
			button("Cancel", done),
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
	}

	/* What was said, in the place of the form. */
	function show()
	{
		note.replaceChildren(...(comment ?
		    [h("p.text", { dir: "auto" }, comment)] : []));
	}

	open.dataset.key = "comment";
	draw();
	show();
	root.append(up, down, open, note);
	return root;
}
