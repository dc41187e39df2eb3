/* waits.mjs: what LangGraph's graph waits for. */
import { execFileSync } from "node:child_process";
import { serious } from "./access.mjs";
import { hostile } from "./talk.mjs";

const v1 = id => "/api/v1/threads/" + encodeURIComponent(id);
const card = page => page.getByRole("region", { name: "Waiting for you" });
const sql = text => execFileSync("psql", ["-X", "-q", "-v", "ON_ERROR_STOP=1",
	"-f", "-"], { input: text, stdio: ["pipe", "ignore", "inherit"] });
const quoted = text => "'" + text.replaceAll("'", "''") + "'";

/* The agent waits for something else. */
const asks = (id, interrupts) => sql("UPDATE checkpoint_writes " +
	"SET type = 'json', blob = convert_to(" +
	quoted(JSON.stringify(interrupts)) + ", 'UTF8') WHERE thread_id = " +
	quoted(id) + " AND channel = '__interrupt__'");

async function open(t, id, options)
{
	const page = await t.as("alice", "thread/" + id, options);

	await page.locator(".turns").waitFor({ state: "attached" });
	await t.settled(page);
	return page;
}

export async function shows(t)
{
	const page = await open(t, "py-interrupt-pending");

	t.assert.match(await card(page).textContent(), /"name": "run_sql"/);
	t.assert.match(await card(page).textContent(), /Žluťoučký/);
	t.assert.equal(await card(page).getByRole("heading", { level: 2 })
	    .textContent(), "Waiting for you");
	/* Last, and seen at once. */
	t.assert.ok(await card(page).evaluate(e =>
	    e === e.parentElement.lastElementChild &&
	    e.getBoundingClientRect().bottom <= innerHeight));
	t.assert.ok(await page.locator(".turn").count() > 0);
	await t.shot(page, "waits");
	/* A text is a text. */
	await t.go(page, "thread/py-parallel-pending");
	await card(page).getByText("ok?", { exact: true }).waitFor();
	t.assert.equal(await card(page).locator("pre").count(), 0);
	await t.go(page, "thread/py-multi-turn");
	await page.locator(".turn").first().waitFor();
	await t.settled(page);
	t.assert.equal(await card(page).count(), 0);
	await page.reload();
	await page.locator(".turn").first().waitFor();
	t.assert.equal(await card(page).count(), 0);
}

export async function usable(t)
{
	for (const colorScheme of ["light", "dark"]) {
		const page = await open(t, "py-interrupt-pending",
		    { colorScheme, viewport: { width: 360, height: 740 } });

		await card(page).waitFor();
		t.assert.deepEqual(await serious(t, page), []);
		t.assert.ok(!await page.evaluate(() =>
		    document.documentElement.scrollWidth > innerWidth ||
		    [...document.querySelectorAll("main, .pane, .call")]
		    .some(e => e.scrollWidth > e.clientWidth + 1)));
		await card(page).scrollIntoViewIfNeeded();
		await t.shot(page, "waits-small-" + colorScheme);
		/* From its button to the JSON, which scrolls. */
		await card(page).getByRole("button", { name: "Copy" }).focus();
		await page.keyboard.press("Tab");
		t.assert.equal(await page.evaluate(() =>
		    document.activeElement.tagName), "PRE");
		t.assert.ok(await card(page).locator("pre:focus").count());
	}
}

/* Paths that are asked for when a conversation is opened. */
async function asked(t, page, id)
{
	const { conversation_id } = await t.api("alice", "GET", v1(id));
	const before = t.requests.length;

	await t.go(page, "thread/" + id);
	await page.locator(".turn").first().waitFor();
	await t.settled(page);
	return t.requests.slice(before).map(r => r.method + " " +
	    r.url.replaceAll(id, "ID").replaceAll(conversation_id, "ID"))
	    .filter(u => /ID|chatkit$/.test(u) && !/run-ids/.test(u)).sort();
}

export async function requests(t)
{
	await t.api("alice", "POST", "/api/v1/threads",
	    { thread_id: "plain" });
	await t.api("alice", "POST", v1("plain") + "/messages",
	    { role: "user", content: "Hello?" });
	const page = await t.as("alice");

	await page.locator(".row").first().waitFor();
	await t.settled(page);
	const want = ["/api/threads/ID/messages?limit=200",
	    "/api/v1/threads/ID/state?limit=100&tail=true&include=interrupts",
	    "/chat/ID/feedback", "/chat/all-messages-for-one-thread/ID"]
	    .map(p => "GET " + p);

	for (const id of ["plain", "py-interrupt-pending", "py-multi-turn"])
		t.assert.deepEqual(await asked(t, page, id), want, id);
}

export async function goes(t)
{
	const id = "py-interrupt-resumed";
	const since = "1f1e6254-0b9b-6260-8002-138cd209f01c";
	const said = page => page.locator("[aria-live=polite].hidden")
	    .textContent();
	const later = "thread_id = " + quoted(id) +
	    " AND checkpoint_ns = '' AND checkpoint_id > " + quoted(since);
	const run = prompt => t.api("alice", "POST", "/chat/" + id + "/runs",
	    { prompt });

	/* As it was before it was answered. */
	sql("CREATE TABLE later AS SELECT * FROM checkpoints WHERE " + later);
	sql("DELETE FROM checkpoints WHERE " + later);
	const page = await open(t, id);

	await card(page).waitFor();
	const turns = await page.locator(".turn").count();
	await card(page).getByRole("button", { name: "Copy" }).focus();
	/* What changes nothing leaves the card, and where one is in it. */
	await run("Nothing new");
	await page.locator(".turn", { hasText: "Nothing new" }).waitFor();
	t.assert.equal(await card(page).getByRole("button", { name: "Copy" })
	    .evaluate(e => e === document.activeElement), true);
	/* It goes on: the card goes, the focus stays in the conversation. */
	sql("INSERT INTO checkpoints SELECT * FROM later");
	await run("Approved");
	await card(page).waitFor({ state: "hidden" });
	t.assert.equal(await page.evaluate(() =>
	    document.activeElement.className), "pane");
	t.assert.ok(await page.locator(".turn").count() >= turns);
	t.assert.doesNotMatch(await said(page), /Waiting/);
	/* And waits again: that is said. */
	sql("DELETE FROM checkpoints WHERE " + later);
	await run("Once more");
	await card(page).waitFor();
	await t.until("said", async () =>
	    await said(page) === "Waiting for you");
	sql("INSERT INTO checkpoints SELECT * FROM later");
	sql("DROP TABLE later");
}

export async function stored(t)
{
	const id = "py-parallel-many";

	await t.act("alice", v1(id) + "/messages", { role: "user",
	    content: "Stored beside it" });
	const page = await open(t, id);

	await page.getByText("Stored beside it").waitFor();
	await card(page).getByText("go on?", { exact: true }).waitFor();
}

export async function inert(t)
{
	const id = "py-parallel-pending";
	const bad = "\u202E<img src=x onerror=window.hacked=1>";

	asks(id, [...hostile.map(value => ({ id: "x", value })),
	    { id: bad, value: { [bad]: hostile, "<script>": hostile,
		__proto__: null, n: [1, null, true] } },
	    ...hostile, null, 7, [bad], { [bad]: bad }, { value: null },
	    { value: { a: bad }, unreadable: "<script>" },
	    { value: "a".repeat(900000) }, { value: "[".repeat(20000) }]);
	const page = await open(t, id);

	await card(page).getByRole("button", { name: "Show all" }).waitFor();
	t.assert.equal(await page.evaluate(() => window.hacked), undefined);
	t.assert.deepEqual(await card(page).evaluate(box => ({
		tags: [...box.querySelectorAll("script, iframe, form, style," +
		    " base, link, meta, object, embed, math, img, a, " +
		    "svg:not(.icon)")].map(e => e.outerHTML),
		on: [...box.querySelectorAll("*")].filter(e =>
		    [...e.attributes].some(a => /^on/.test(a.name) ||
		    a.name === "style")).map(e => e.outerHTML),
	})), { tags: [], on: [] });
	/* The text of it is all there; in JSON nothing is turned around. */
	for (const text of hostile)
		t.assert.ok((await card(page).textContent()).includes(text),
		    text);
	t.assert.match(await card(page).locator("pre").first().textContent(),
	    /"\\u202e<img src=x/);
	t.assert.ok((await card(page).locator("pre").allTextContents())
	    .every(s => !/[\u202A-\u202E]/.test(s)));
	t.assert.ok(!await page.evaluate(() => [...document.querySelectorAll(
	    "main, .pane, .call")].some(e =>
	    e.scrollWidth > e.clientWidth + 1)));
	t.assert.ok(await page.locator(".bar").isVisible());
	await card(page).getByRole("button", { name: "Show all" }).first()
	    .click();
	await t.shot(page, "waits-hostile");
	/* Numbers stay as they are written. */
	sql("UPDATE checkpoint_writes SET blob = '[{\"value\":" +
	    "{\"n\":12345678901234567890}},{\"value\":" +
	    "98765432109876543210}]' WHERE thread_id = " + quoted(id) +
	    " AND channel = '__interrupt__'");
	await page.reload();
	await card(page).getByText("\"n\": 12345678901234567890").waitFor();
	await card(page).getByText("98765432109876543210").waitFor();
	asks(id, [{ id: "x", value: "ok?" }]);
}

export async function unreadable(t)
{
	const id = "py-parallel-pending";

	sql("UPDATE checkpoint_writes SET type = 'msgpack', blob = '\\xc1' " +
	    "WHERE thread_id = " + quoted(id) +
	    " AND channel = '__interrupt__'");
	const page = await open(t, id);

	await card(page).getByText("cannot be read here").waitFor();
	asks(id, [{ id: "x", value: "ok?" }]);
}

export async function others(t)
{
	const id = "py-interrupt-pending";

	await t.api("bob", "POST", "/api/v1/threads", { thread_id: id });
	const page = await t.as("bob", "thread/" + id);

	await page.getByText("Nothing has been said here yet.").waitFor();
	await t.settled(page);
	t.assert.equal(await card(page).count(), 0);
	t.assert.equal(await page.getByText("run_sql").count(), 0);
}
