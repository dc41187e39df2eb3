/* model.js: which model answers in a thread, and how. */
import { get, or_none, post, remove, studio } from "./api.js";
import { button, failed, h, say, sure } from "./dom.js";
import { check_object, json } from "./decide.js";

const fields = [
	["model", "Model", { maxlength: 128, autocomplete: "off",
	    spellcheck: "false" }],
	["temperature", "Temperature", { type: "number", min: 0, max: 2,
	    step: "any" }],
	["context_window", "Context window, tokens", { type: "number", min: 1,
	    max: 10000000, step: 1 }],
];

export async function open_model(t, pane)
{
	const base = studio(t.conversation_id);
	const [stored, defaults, state] = await Promise.all([
	    get(base + "/config"), get("/api/config/defaults"),
	    or_none(get(base + "/state"), null)]);
	const inputs = {};
	let before = stored;

	for (const [key, , props] of fields)
		inputs[key] = h("input", { id: "c-" + key, ...props,
		    placeholder: String(defaults[key] ?? "") });
	inputs.system_prompt = h("textarea", { id: "c-system_prompt", rows: 6,
	    maxlength: 100000 });
	inputs.settings = h("textarea.mono", { id: "c-settings", rows: 5,
	    spellcheck: "false", "aria-describedby": "c-settings-why",
	    oninput: () => check() });
	const bad = h("p.error", { id: "c-settings-why", role: "alert" });

	function fill()
	{
		for (const [key, e] of Object.entries(inputs))
			e.value = before[key] === null ||
			    same(before[key], {}) ? "" :
			    key === "settings" ? json(before[key]) :
			    before[key];
	}

	function check()
	{
		const text = inputs.settings.value.trim();
		const why = text === "" ? null : check_object(text)
		    ?.replace("Arguments are", "Settings are");

		bad.textContent = why ?? "";
		inputs.settings.setAttribute("aria-invalid", String(!!why));
		return !why;
	}

	function value(key)
	{
		const text = inputs[key].value;

		if (text.trim() === "")
			return null;
		return key === "settings" ? JSON.parse(text) :
		    key === "temperature" || key === "context_window" ?
		    Number(text) : text;
	}

	const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);

	/* null would leave a value as it was: what says nothing takes its place. */
	const nothing = { ...defaults, system_prompt: "", settings: {} };

	async function save()
	{
		const change = {};

		for (const key of Object.keys(inputs)) {
			const now = value(key) ??
			    (before[key] === null ? null : nothing[key]);

			if (!same(now, before[key]))
				change[key] = now;
		}
		if (Object.keys(change).length > 0)
			before = await post(base + "/config", change);
		fill();
		say("Saved");
	}

	const used = state === null ? 0 : state.token_count;

	pane.replaceChildren(h("form.sheet", { onsubmit: async event => {
		event.preventDefault();
		if (!check()) {
			inputs.settings.focus();
			return;
		}
		try {
			await save();
		} catch (e) {
			failed(e);
		}
	} },
	    state === null ? null : h("p.usage", {},
		h("label", { for: "c-used" }, "Context used: " +
		    used.toLocaleString() + " of " +
		    state.context_window.toLocaleString() + " tokens"),
		h("meter", { id: "c-used", min: 0, max: state.context_window,
		    value: used })),
	    fields.map(([key, label]) => h("div.field", {},
		h("label", { for: "c-" + key }, label), inputs[key])),
	    h("div.field", {}, h("label", { for: "c-system_prompt" },
		"Instructions"), inputs.system_prompt),
	    h("div.field", {}, h("label", { for: "c-settings" },
		"Settings, JSON"), inputs.settings, bad),
	    h("footer", {},
		button("Use the defaults", async () => {
			if (!await sure("Use the defaults?",
			    "What is set for this thread is dropped.",
			    "Use the defaults"))
				return;
			try {
				await remove(base + "/config");
				before = await get(base + "/config");
				fill();
				check();
				say("The defaults are in use");
			} catch (e) {
				failed(e);
			}
		}),
		h("button.primary", { type: "submit" }, "Save"))));
	fill();
	return { close() {} };
}
