/* access.mjs: every view for everybody: axe-core, small screens, colours. */
import { readFileSync } from "node:fs";

const axe = readFileSync(new URL("node_modules/axe-core/axe.min.js",
	import.meta.url), "utf8");
const views = [
	["list", "", "h1"],
	["thread", "thread/access", ".turn"],
	["files-view", "thread/access/files", ".tile, .files .foot"],
	["model-view", "thread/access/model", "#c-model"],
	["approvals-view", "approvals", ".call"],
	["statistics-view", "statistics", ".plot"],
	["settings-view", "settings", "#key-openai_key"],
];

export async function serious(t, page)
{
	await page.evaluate(axe);
	/* What still fades in has colours of no theme. */
	await t.settled(page);
	const { violations } = await page.evaluate(() => window.axe.run({
	    runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa",
	    "best-practice"] }));

	return violations.filter(v => ["serious", "critical"]
	    .includes(v.impact)).map(v => v.id + ": " +
	    v.nodes.map(n => n.html.slice(0, 200) + " " + n.failureSummary)
	    .join("\n"));
}

async function furnish(t)
{
	const path = "/api/v1/threads/access";

	await t.api("alice", "POST", "/api/v1/threads",
	    { thread_id: "access" });
	await t.api("alice", "PATCH", path, { title: "A thread to look at" });
	await t.api("agent", "POST", path + "/messages", { role: "user",
	    content: "Which supplier is the cheapest?", message_id: "a1" },
	    "alice");
	await t.api("agent", "POST", path + "/messages", { role: "tool",
	    content: "[[\"North\", 2480]]", message_id: "a2" }, "alice");
	await t.api("agent", "POST", path + "/messages", { role: "assistant",
	    message_id: "a3", content: "**North**, by far:\n\n| Supplier | " +
	    "Price |\n|---|--:|\n| North | 2480 |\n| Elta | 2655 |\n\n" +
	    "```sql\nSELECT min(price) FROM prices\n```\n\nSee `prices` " +
	    "and [the source](https://example.org/).\n\n> As of October." },
	    "alice");
	await t.api("alice", "POST", "/chat/access/runs", { run_id:
	    "00000000-0000-4000-8000-00000000acce",
	    prompt: "Which supplier is the cheapest?" });
	await t.api("agent", "POST", path + "/tool-calls", { id:
	    "00000000-0000-4000-8000-00000000ca11", tool_id: "c1", tool_name:
	    "send_mail", inputs: { to: "board@example.org", subject:
	    "Prices" } }, "alice");
	await t.api("agent", "POST", path + "/tool-calls", { id:
	    "00000000-0000-4000-8000-00000000ca12", tool_id: "c2", tool_name:
	    "sql_query", status: "completed", inputs: { sql: "SELECT 1" },
	    outputs: { rows: [[1]] } }, "alice");
}

async function walk(t, name, options)
{
	await furnish(t);
	const page = await t.as("alice", "", options);
	const bad = [];

	for (const [view, where, there] of views) {
		await t.go(page, where);
		await page.locator(there).first().waitFor();
		await t.settled(page);
		for (const summary of await page.locator("main summary").all())
			if (await summary.isVisible())
				await summary.click();
		bad.push(...(await serious(t, page)).map(v => view + ": " + v));
		const wide = await page.evaluate(() =>
		    document.documentElement.scrollWidth > innerWidth ||
		    [...document.querySelectorAll("main, .pane, .scroller")]
		    .some(e => e.scrollWidth > e.clientWidth + 1));
		if (wide)
			bad.push(view + ": wider than the screen");
		await t.shot(page, name + "-" + view);
	}
	t.assert.deepEqual(bad, []);
	return page;
}

const light = { colorScheme: "light" };
const dark = { colorScheme: "dark" };

export const in_light = t => walk(t, "light", light);
export const in_dark = t => walk(t, "dark", dark);
export const small = t => walk(t, "small",
	{ ...light, viewport: { width: 360, height: 740 } });
export const small_dark = t => walk(t, "small-dark",
	{ ...dark, viewport: { width: 360, height: 740 } });
/* 1280 px at 400 %, as WCAG 1.4.10 has it. */
export const zoomed = t => walk(t, "zoomed",
	{ ...light, viewport: { width: 320, height: 256 } });

/* What opens above the page. */
export async function above(t)
{
	await furnish(t);
	for (const options of [light, dark]) {
		const page = await t.as("alice", "", options);
		const bad = [];
		const check = async what => bad.push(...(await serious(t, page))
		    .map(v => what + ": " + v));
		const opener = page.locator(".row").first().getByRole("button");

		await opener.click();
		await page.getByRole("menu").waitFor();
		await check("menu");
		await t.shot(page, options.colorScheme + "-menu");
		await page.getByRole("menuitem", { name: "Rename…" }).click();
		await page.getByRole("textbox", { name: "Title" }).waitFor();
		await check("dialog");
		await page.keyboard.press("Escape");
		await page.keyboard.press("?");
		await page.locator("dialog[open]").waitFor();
		await check("keys");
		await page.keyboard.press("Escape");
		await t.go(page, "approvals");
		await page.getByRole("button", { name: "Edit arguments…" })
		    .first().click();
		await page.locator("textarea").first().fill("{");
		await check("edit");
		await page.keyboard.press("Escape");
		await page.getByRole("button", { name: "Sign out" }).click();
		await page.getByText("Signed out").first().waitFor();
		await check("signed out");
		t.assert.deepEqual(bad, []);
	}
}

/* The switch wins over the system, and stays. */
export async function colours(t)
{
	const page = await t.as("alice", "settings", light);
	const scheme = () => page.evaluate(() =>
	    getComputedStyle(document.documentElement).colorScheme);
	const back = () => page.evaluate(() =>
	    getComputedStyle(document.body).backgroundColor);
	const white = await back();

	await page.getByRole("button", { name: "Light or dark" }).click();
	t.assert.equal(await scheme(), "dark");
	t.assert.notEqual(await back(), white);
	await page.reload();
	t.assert.equal(await scheme(), "dark");
	await page.getByLabel("Colours").selectOption("");
	t.assert.equal(await back(), white);
}

/* Every stop of the Tab key is on the screen and marked. */
export async function focus(t)
{
	await furnish(t);
	const page = await t.as("alice", "thread/access", light);
	const seen = new Set();

	await page.locator(".turn").first().waitFor();
	await page.evaluate(() => document.activeElement.blur());
	for (let i = 0; i < 60; i++) {
		await page.keyboard.press("Tab");
		const at = await page.evaluate(() => {
			const e = document.activeElement;
			const box = e.getBoundingClientRect();
			const style = getComputedStyle(e);

			return e === document.body ? null : {
				what: e.outerHTML.slice(0, 120),
				name: e.ariaLabel || e.textContent || e.title,
				on: box.bottom > 0 && box.top < innerHeight &&
				    box.right > 0 && box.left < innerWidth,
				marked: style.outlineStyle !== "none",
			};
		});

		if (at === null)
			break;
		seen.add(at.what);
		t.assert.ok(at.on && at.marked && at.name, JSON.stringify(at));
	}
	for (const want of ["Approve", "Good answer", "Copy", "Conversation"])
		t.assert.ok([...seen].some(s => s.includes(want)), want);
}

export async function still(t)
{
	await furnish(t);
	const page = await t.as("alice", "", { reducedMotion: "reduce" });

	await page.locator(".row").first().getByRole("button").click();
	t.assert.equal(await page.getByRole("menu").evaluate(
	    e => getComputedStyle(e).animationName), "none");
}
