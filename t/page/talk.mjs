/* talk.mjs: conversations, ratings, tool calls. */

const v1 = id => "/api/v1/threads/" + encodeURIComponent(id);
const turn = (page, text) => page.locator(".turn", { hasText: text });

/* What an agent did for somebody. */
function agent(t, owner = "alice")
{
	return {
		say: (id, role, content, more) => t.api("agent", "POST",
		    v1(id) + "/messages", { role, content, ...more }, owner),
		asks: (id, tool_name, inputs, more) => t.api("agent", "POST",
		    v1(id) + "/tool-calls", { tool_id: "call-" + tool_name,
			tool_name, inputs, ...more }, owner),
	};
}

const thread = (t, id, who = "alice") => t.api(who, "POST",
	"/api/v1/threads", { thread_id: id });

export async function langgraph(t)
{
	const page = await t.as("alice", "thread/housing-2024");

	await turn(page, "How many flats were completed").waitFor();
	t.assert.equal(await page.locator(".turn").count(), 3);
	const first = turn(page, "How many flats were completed");
	t.assert.ok((await first.locator(".answer").textContent()).length > 20);
	const { messages } = await t.api("alice", "GET",
	    "/chat/all-messages-for-one-thread/housing-2024");
	for (const m of messages)
		t.assert.equal(await turn(page, m.prompt)
		    .locator(".rating").count(), 1);
	await t.shot(page, "langgraph");
}

export async function markdown(t)
{
	const { say } = agent(t);

	await thread(t, "md");
	await say("md", "user", "Show me **everything**");
	await say("md", "tool", "3 rows");
	await say("md", "assistant", [
	    "# Title", "", "A *table*:", "", "| a | b |", "|---|--:|",
	    "| one | 2 |", "", "```python", "print('x' * 3)", "```", "",
	    "- [x] done", "- [ ] open", "", "1. first", "2. second", "",
	    "See [there](https://example.org/a?b=c)."].join("\n"));
	await say("md", "assistant", [{ type: "text", text: "In parts." },
	    { type: "image_url", image_url: { url: "https://example.org/i" } },
	    { type: "tool_use", name: "lookup", input: { key: "v" } }]);
	const page = await t.as("alice", "thread/md");
	const answer = page.locator(".markdown").first();

	await answer.waitFor();
	/* A question is shown as it was typed. */
	await page.getByText("Show me **everything**").waitFor();
	t.assert.equal(await answer.locator("table td").count(), 2);
	t.assert.equal(await answer.locator("ol li").count(), 2);
	t.assert.equal(await answer.locator("input, h1, h2").count(), 0);
	const a = answer.getByRole("link", { name: "there" });
	t.assert.equal(await a.getAttribute("href"),
	    "https://example.org/a?b=c");
	t.assert.match(await a.getAttribute("rel"), /noopener/);
	await page.context().grantPermissions(["clipboard-read",
	    "clipboard-write"]);
	await answer.getByRole("button", { name: "Copy" }).click();
	t.assert.equal(await page.evaluate(() =>
	    navigator.clipboard.readText()), "print('x' * 3)");
	/* Tools are folded, and open by a click. */
	await page.locator("summary", { hasText: "Tool" }).first().click();
	await page.getByText("3 rows").waitFor();
	await page.locator("summary", { hasText: "lookup" }).click();
	await page.getByText('"key": "v"').waitFor();
	await page.getByRole("link", { name: "Image elsewhere" }).waitFor();
	await t.shot(page, "markdown");
}

export async function rates(t)
{
	const prompt = "And how does that compare with 2023?";
	const get = async (page, name) => turn(page, prompt).getByRole("button",
	    { name, exact: true });
	const pressed = async (page, name) => (await get(page, name))
	    .getAttribute("aria-pressed");
	const page = await t.as("alice", "thread/housing-2024");
	const run = "00000000-0000-4000-8000-0000000000a2";
	const stored = async () => (await t.api("alice", "GET",
	    "/chat/housing-2024/sentiments"))[run];
	const again = async () => {
		await page.reload();
		await turn(page, prompt).waitFor();
	};

	await turn(page, prompt).waitFor();
	t.assert.equal(await pressed(page, "Good answer"), "true");
	await (await get(page, "Bad answer")).click();
	await t.until("bad", async () => await stored() === false);
	await again();
	t.assert.equal(await pressed(page, "Bad answer"), "true");
	t.assert.equal(await pressed(page, "Good answer"), "false");
	await (await get(page, "Bad answer")).click();
	await t.until("cleared", async () => await stored() === undefined);
	await again();
	t.assert.equal(await pressed(page, "Bad answer"), "false");

	for (const [label, text] of [["Comment", "Too <b>short</b>"],
	    ["Change comment", "Good enough"]]) {
		await (await get(page, label)).click();
		await page.getByLabel("Comment", { exact: true }).fill(text);
		await page.getByRole("button", { name: "Save" }).click();
		await turn(page, prompt).getByText(text, { exact: true })
		    .waitFor();
		await again();
		await turn(page, prompt).getByText(text, { exact: true })
		    .waitFor();
	}
	await (await get(page, "Good answer")).click();
	await t.until("good", async () => await stored() === true);
	const said = async () => (await t.api("alice", "GET",
	    "/chat/housing-2024/feedback"))[run];

	await t.until("both", async () => (await said()).feedback === 1);
	t.assert.equal((await said()).comment, "Good enough");
	/* What cannot be stored is not shown as if it were. */
	t.expect(/ERR_INTERNET_DISCONNECTED/);
	await t.settled(page);
	await page.context().setOffline(true);
	await (await get(page, "Bad answer")).click();
	await page.getByText("cannot be reached").first().waitFor();
	t.assert.equal(await pressed(page, "Good answer"), "true");
}

export async function takes_back(t)
{
	const page = await t.as("alice");
	const run = "0a0b0c0d-1111-4222-8333-00000000cafe";
	const thumb = async name => turn(page, "Take it back?")
	    .getByRole("button", { name, exact: true })
	    .getAttribute("aria-pressed");
	const click = name => turn(page, "Take it back?")
	    .getByRole("button", { name, exact: true }).click();
	const area = page.getByLabel("Comment", { exact: true });
	const said = async () => (await t.api("alice", "GET",
	    "/chat/taken/feedback"))[run];
	/* What is shown, now and after a reload, and what is stored. */
	const are = async (value, comment) => {
		for (let turns = 0; turns < 2; turns++) {
			await turn(page, "Take it back?").getByRole("button",
			    { name: comment ? "Change comment" : "Comment",
			    exact: true }).waitFor();
			t.assert.equal(await thumb("Good answer"),
			    String(value === 1));
			t.assert.equal(await page.locator(".note .text")
			    .count(), comment ? 1 : 0);
			t.assert.deepEqual([(await said())?.feedback ?? null,
			    (await said())?.comment ?? null],
			    [value, comment]);
			t.assert.equal((await t.api("alice", "GET",
			    "/chat/taken/sentiments"))[run],
			    value === 1 ? true : undefined);
			await page.reload();
		}
	};
	const begin = async comment => {
		await click("Comment");
		await area.fill(comment);
		await page.getByRole("button", { name: "Save" }).click();
		await page.locator(".note .text", { hasText: comment })
		    .waitFor();
	};

	await t.api("alice", "POST", "/chat/taken/runs",
	    { prompt: "Take it back?", run_id: run });
	await t.go(page, "thread/taken");
	await turn(page, "Take it back?").waitFor();
	await click("Good answer");
	await t.until("rated", async () => await t.api("alice", "GET",
	    "/chat/taken/sentiments").then(all => all[run]) === true);
	await begin("Too much said");
	/* The comment alone, by the button and by an empty text. */
	await click("Change comment");
	await t.shot(page, "comment");
	await click("Delete comment");
	await are(1, null);
	await begin("And again");
	await click("Change comment");
	await area.fill("  ");
	await page.getByRole("button", { name: "Save" }).click();
	await are(1, null);
	/* The rating alone. */
	await begin("To stay");
	await click("Good answer");
	await t.until("unrated", async () =>
	    (await said()).feedback === null && await t.api("alice", "GET",
	    "/chat/taken/sentiments").then(all => all[run]) === undefined);
	await are(null, "To stay");
	await click("Change comment");
	t.assert.equal(await page.getByRole("button",
	    { name: "Delete comment and rating" }).count(), 0);
	/* A thumb does not throw away what is being written. */
	await area.fill("To be lost?");
	await click("Good answer");
	await t.until("rated", async () => (await said()).feedback === 1);
	t.assert.equal(await area.inputValue(), "To be lost?");
	await page.getByRole("button", { name: "Cancel" }).click();
	await are(1, "To stay");
	/* What could not be taken back is not shown as if it were. */
	await click("Change comment");
	await page.context().setOffline(true);
	t.expect(/ERR_INTERNET_DISCONNECTED/);
	await click("Delete comment and rating");
	await page.getByText("cannot be reached").first().waitFor();
	t.assert.equal(await area.inputValue(), "To stay");
	t.assert.equal(await thumb("Good answer"), "true");
	await page.context().setOffline(false);
	await click("Delete comment and rating");
	await are(null, null);
	t.assert.equal(await said(), undefined);
	await t.api("alice", "DELETE", "/chat/taken");
}

export const hostile = [
	"<script>window.hacked = 1</script>",
	"<img src=x onerror=\"window.hacked = 1\">",
	"<svg onload=\"window.hacked = 1\"><a xlink:href=\"javascript:" +
	    "window.hacked = 1\"><text>x</text></a></svg>",
	"<iframe srcdoc=\"<script>parent.hacked = 1</script>\"></iframe>",
	"<math><mtext><table><mglyph><style><img src onerror=" +
	    "window.hacked=1>",
	"<form action=//evil.example><input name=token><button>x</button>",
	"<style>body { display: none }</style>",
	"<base href=//evil.example><link rel=stylesheet href=//evil.example>",
	"<meta http-equiv=refresh content=\"0;url=//evil.example\">",
	"[a](javascript:window.hacked=1)",
	"[b](JaVaScRiPt&colon;window.hacked=1)",
	"[c](data:text/html,<script>window.hacked=1</script>)",
	"[d](vbscript:x) [e](file:///etc/passwd) [f](blob:x)",
	"[g](https://user:pass@evil.example/)",
	"[h](/#token=a.b.c) [i](#token=a.b.c)",
	"![j](https://evil.example/pixel.png)",
	"![k](data:image/svg+xml,<svg onload=alert(1)>)",
	"![l](x\" onerror=\"window.hacked=1)",
	"![m](/sentiment)",
	"[n]: javascript:window.hacked=1\n\n[n]",
	"<https://evil.example/\u202Egnp.exe>",
	"`</code><script>window.hacked=1</script>`",
	"```\"><script>window.hacked=1</script>\nx\n```",
	"| <img src=x onerror=window.hacked=1> |\n|---|\n| x |",
];

export async function inert(t)
{
	const { say, asks } = agent(t);
	const bad = "\u202E<img src=x onerror=window.hacked=1>";

	await thread(t, "hostile");
	await t.api("alice", "PATCH", v1("hostile"), { title: bad });
	await t.api("alice", "POST", "/chat/hostile/runs",
	    { prompt: "<script>window.hacked=1</script>" });
	for (const text of hostile) {
		await say("hostile", "user", text);
		await say("hostile", "assistant", text);
	}
	await say("hostile", "tool", { text: hostile.join("\n"),
	    ["<script>"]: hostile });
	await say("hostile", "system", hostile.join("\n"));
	await say("hostile", "assistant", [
	    { type: "image_url", image_url: "javascript:window.hacked=1" },
	    { type: "image", url: "https://evil.example/x.svg" },
	    { type: "<script>window.hacked=1</script>" },
	    { type: "tool_use", name: bad, input: hostile }]);
	const call = await asks("hostile", bad, { [bad]: hostile });
	await say("hostile", "assistant", "a".repeat(900000));
	await say("hostile", "assistant", "[".repeat(20000));
	await say("hostile", "assistant", "> ".repeat(5000) + "x");
	const page = await t.as("alice", "thread/hostile");

	await page.getByRole("button", { name: "Show all" }).waitFor();
	for (const summary of await page.locator(".pane summary").all())
		await summary.click();
	await t.settled(page);
	t.assert.equal(await page.evaluate(() => window.hacked), undefined);
	const left = await page.evaluate(() => {
		const box = document.querySelector(".pane");

		return {
			tags: [...box.querySelectorAll("script, iframe, form," +
			    " style, base, link, meta, object, embed, math, " +
			    "img, svg:not(.icon)")].map(e => e.outerHTML),
			on: [...box.querySelectorAll("*")].filter(e =>
			    [...e.attributes].some(a => /^on/.test(a.name) ||
			    a.name === "style")).map(e => e.outerHTML),
			links: [...box.querySelectorAll("a")]
			    .filter(a => !/^(https?|mailto):/.test(a.href) ||
			    /token=|user:/.test(a.href) ||
			    a.target !== "_blank").map(a => a.outerHTML),
		};
	});
	t.assert.deepEqual(left, { tags: [], on: [], links: [] });
	t.assert.ok(await page.locator(".bar").isVisible());
	t.assert.ok(!(await page.title()).includes("\u202E"));
	/* The text of it is all there. */
	await page.getByText("<script>window.hacked = 1</script>").first()
	    .waitFor();
	await t.go(page, "approvals");
	await page.getByText("<img src=x").first().waitFor();
	t.assert.equal(await page.evaluate(() => window.hacked), undefined);
	/* What is decided about stands there as it is, not turned around. */
	const shown = () => page.locator(".call pre").first().textContent();

	t.assert.match(await shown(), /"\\u202e<img src=x/);
	t.assert.doesNotMatch(await shown(), /[\u202A-\u202E]/);
	await page.getByRole("button", { name: "Edit arguments…" }).click();
	t.assert.match(await page.getByLabel("Arguments", { exact: true })
	    .inputValue(), /"\\u202e<img/);
	await page.getByRole("button", { name: "Approve with these" }).click();
	await page.getByText("Changed to").waitFor();
	t.assert.ok(bad in (await t.api("alice", "GET",
	    "/api/v1/tool-calls/" + call.id)).edited_inputs);
	await t.shot(page, "hostile");
	/* Nothing that is no script of ours is run, wherever it comes from. */
	const csp = (await page.request.get(t.url + "/"))
	    .headers()["content-security-policy"];

	t.assert.match(csp, /default-src 'none'; script-src 'self'; /);
	t.assert.match(csp, /require-trusted-types-for 'script'/);
	t.assert.doesNotMatch(csp, /unsafe|data:|\*/);
	t.expect(/TrustedHTML/);
	t.assert.match(await page.evaluate(() => {
		try {
			document.body.innerHTML = "<p>";
			return "";
		} catch (e) {
			return e.message;
		}
	}), /TrustedHTML/);
	await t.api("alice", "DELETE", v1("hostile"));
}

export async function approvals(t)
{
	const { asks } = agent(t);

	await thread(t, "calls");
	await t.api("alice", "PATCH", v1("calls"), { title: "Calls" });
	const one = await asks("calls", "send_mail", { to: "x@example.org" });
	const two = await asks("calls", "drop_table", { table: "prices" });
	const three = await asks("calls", "wipe_disk", { disk: 7 });
	const page = await t.as("alice", "approvals");
	const card = call => page.locator(`[data-call="${call.id}"]`);
	const now = call => t.api("alice", "GET",
	    "/api/v1/tool-calls/" + call.id);

	await card(three).waitFor();
	await page.locator(".badge", { hasText: "3" }).waitFor();
	await t.shot(page, "approvals");
	await card(one).getByRole("button", { name: "Approve" }).click();
	await card(one).getByText("approved").waitFor();
	t.assert.equal((await now(one)).status, "approved");

	/* Arguments are JSON, and go as they were typed. */
	await card(two).getByRole("button", { name: "Edit arguments…" })
	    .click();
	const area = card(two).getByLabel("Arguments", { exact: true });
	const ok = card(two).getByRole("button",
	    { name: "Approve with these" });

	for (const [text, why] of [["{\"table\":", "not JSON"],
	    ["[1]", "are an object"]]) {
		await area.fill(text);
		await card(two).getByText(why).waitFor();
		await ok.click();
		t.assert.equal((await now(two)).status, "pending");
	}
	await t.shot(page, "edit");
	await area.fill("{\"table\": \"old\", \"n\": 12345678901234567890}");
	await ok.click();
	await card(two).getByText("Changed to").waitFor();
	await card(two).getByText("12345678901234567890").waitFor();
	t.assert.equal((await now(two)).edited_inputs.table, "old");
	t.assert.deepEqual((await now(two)).inputs, { table: "prices" });

	await card(three).getByRole("button", { name: "Reject…" }).click();
	await card(three).getByLabel("Reason").fill("Certainly not");
	await card(three).getByRole("button", { name: "Reject", exact: true })
	    .click();
	await card(three).getByText("rejected").waitFor();
	t.assert.equal((await now(three)).error_message, "Certainly not");
	await page.locator(".badge").waitFor({ state: "hidden" });

	/* Told in the conversation too, and again after a reload. */
	await page.reload();
	await page.getByText("Nothing waits for you.").waitFor();
	await page.getByLabel("Show").selectOption("rejected");
	await card(three).getByText("Certainly not").waitFor();
	await t.go(page, "thread/calls");
	await card(two).locator("summary").click();
	await card(two).getByText("Changed to").waitFor();
}

export async function elsewhere(t)
{
	const { asks } = agent(t);

	await thread(t, "race");
	const call = await asks("race", "race", {});
	const more = await asks("race", "later", {});
	const first = await t.as("alice", "approvals");
	const second = await t.as("alice", "thread/race",
	    { context: first.context() });
	const card = (page, c) => page.locator(`[data-call="${c.id}"]`);

	await card(second, more).waitFor();
	await card(first, call).waitFor();
	/* Decided by another client; each page learns of it by itself. */
	await t.api("alice", "POST", v1("race") + "/tool-result",
	    { tool_call_id: call.id, status: "rejected" });
	for (const page of [first, second])
		await card(page, call).getByText("rejected").waitFor();
	/* Both at once: one decides, the other is told. */
	t.expect(/409/);
	await first.route("**/tool-result", async route => {
		await t.api("alice", "POST", v1("race") + "/tool-result",
		    { tool_call_id: more.id, status: "approved" });
		await route.continue();
	});
	await card(first, more).getByRole("button", { name: "Reject…" })
	    .click();
	await card(first, more).getByRole("button", { name: "Reject",
	    exact: true }).click();
	for (const page of [first, second])
		await card(page, more).getByText("approved").waitFor();
}

export async function long(t)
{
	const { say } = agent(t);
	const page = await t.as("alice");

	await thread(t, "long");
	for (let i = 1; i <= 120; i++) {
		await say("long", "user", "Question no. " + i + ".");
		await say("long", "assistant", "Answer no. " + i + ".");
	}
	await t.go(page, "thread/long");
	await turn(page, "Question no. 120.").waitFor();
	t.assert.ok(await turn(page, "Question no. 120.").isVisible());
	while (await page.getByRole("button", { name: "Earlier messages" })
	    .isVisible()) {
		const before = await page.locator(".turn").count();

		await page.getByRole("button", { name: "Earlier messages" })
		    .click();
		await t.until("more", async () =>
		    await page.locator(".turn").count() > before);
	}
	const texts = await page.locator(".question .text").allTextContents();

	t.assert.deepEqual(texts, Array.from({ length: 120 },
	    (_, i) => "Question no. " + (i + 1) + "."));
}

export async function arrives(t)
{
	const { say } = agent(t);

	await thread(t, "news");
	await t.api("alice", "PATCH", v1("news"), { title: "News" });
	await say("news", "user", "Anything new?");
	const page = await t.as("alice", "thread/news");
	const list = await t.as("alice");

	await turn(page, "Anything new?").waitFor();
	await page.locator(".question").click();
	await say("news", "assistant", "Yes, this.");
	await page.getByText("Yes, this.").waitFor();
	await t.api("alice", "PATCH", v1("news"), { title: "Old news" });
	for (const p of [page, list])
		await p.locator(".row", { hasText: "Old news" }).waitFor();
	/* Nobody may be asking for it just then. */
	await t.settled(page);
	await t.api("alice", "DELETE", v1("news"));
	await list.locator(".row", { hasText: "Old news" })
	    .waitFor({ state: "detached" });
}

export async function others(t)
{
	const { asks } = agent(t, "bob");

	await thread(t, "bobs", "bob");
	await asks("bobs", "bobs_tool", { secret: "of bob" });
	const page = await t.as("alice", "approvals");

	await page.getByRole("heading", { name: "Approvals" }).waitFor();
	await page.locator(".foot, .card").first().waitFor();
	t.assert.equal(await page.getByText("bobs_tool").count(), 0);
	t.expect(/404/);
	await t.go(page, "thread/bobs");
	await page.getByText("Thread not found").waitFor();
	const bob = await t.as("bob", "approvals");

	await bob.getByText("bobs_tool").waitFor();
}
