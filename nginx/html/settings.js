/* settings.js: the owner's API keys, colours, and who is signed in. */
import { get, post, remove } from "./api.js";
import { button, failed, h, name, say, sure } from "./dom.js";
import { session } from "./session.js";
import { moment } from "./time.js";

const path = "/api/users/me/api-keys";
const kinds = [["openai_key", "OpenAI"], ["anthropic_key", "Anthropic"]];

function keys_sheet(keys)
{
	const root = h("section.sheet", { "aria-labelledby": "keys" });

	function row([key, label])
	{
		const id = "key-" + key;
		const input = h("input", { id, type: "password",
		    autocomplete: "off", spellcheck: "false", maxlength: 512,
		    placeholder: keys[key] === null ? "Paste a key" :
			"Paste another key", "aria-describedby": id + "-now" });

		return h("form.field", { onsubmit: event => {
			event.preventDefault();
			if (input.value.trim() !== "")
				change({ [key]: input.value.trim() },
				    label + " key saved");
		} },
		    h("label", { for: id }, label + " key"),
		    h("p.muted", { id: id + "-now" }, keys[key] === null ?
			"None is stored." :
			["Stored: ", h("code", {}, keys[key])]),
		    h("div.line", {}, input,
			h("button.primary", { type: "submit" }, "Save"),
			keys[key] === null ? null : button("Remove",
			    () => change({ [key]: "" },
				label + " key removed"))));
	}

	async function change(what, done)
	{
		try {
			keys = await post(path, what);
			draw();
			say(done);
		} catch (e) {
			failed(e);
		}
	}

	async function clear()
	{
		if (!await sure("Delete all keys?", "Agents cannot use them " +
		    "for you any more.", "Delete"))
			return;
		try {
			await remove(path);
			keys = await get(path);
			draw();
			say("All keys are deleted");
		} catch (e) {
			failed(e);
		}
	}

	function draw()
	{
		root.replaceChildren(h("h2", { id: "keys", tabindex: -1 },
		    "API keys"),
		    h("p.muted", {}, "Your agents use them for you. They are " +
			"stored sealed and never shown again."),
		    ...kinds.map(row),
		    ...(kinds.some(([key]) => keys[key] !== null) ?
			[h("footer", {}, button("Delete all keys", clear))] :
			[]));
	}

	draw();
	return root;
}

function colours_sheet()
{
	let now = "";

	try {
		now = localStorage.getItem("bobbin.theme") ?? "";
	} catch {
		/* the system's */
	}
	const which = h("select", { id: "theme", onchange: () => {
		const root = document.documentElement;

		try {
			if (which.value === "") {
				delete root.dataset.theme;
				localStorage.removeItem("bobbin.theme");
			} else {
				root.dataset.theme = which.value;
				localStorage.setItem("bobbin.theme",
				    which.value);
			}
		} catch {
			/* until the page is left */
		}
	} }, h("option", { value: "" }, "As the system"),
	    h("option", { value: "light" }, "Light"),
	    h("option", { value: "dark" }, "Dark"));

	which.value = now;
	return h("section.sheet", { "aria-labelledby": "colours" },
	    h("h2", { id: "colours" }, "Appearance"),
	    h("div.field", {}, h("label", { for: "theme" }, "Colours"), which));
}

export async function open()
{
	const end = session.expires;
	let sheet;

	try {
		sheet = keys_sheet(await get(path));
	} catch (e) {
		sheet = h("section.sheet", {}, h("h2", {}, "API keys"),
		    h("p", { role: "alert" }, e.message));
	}
	return { title: "Settings", root: h("section.page",
	    { "aria-labelledby": "title" },
	    h("div.page-head", {},
		h("h1", { id: "title", tabindex: -1 }, "Settings")),
	    sheet, colours_sheet(),
	    h("section.sheet", { "aria-labelledby": "you" },
		h("h2", { id: "you" }, "You"),
		h("p", {}, session.email === null ?
		    "A proxy in front of this page signs you in." :
		    ["Signed in as ", name(session.email), end === null ? "." :
			", until " + moment(end) + "."]))) };
}
