/* everywhere.mjs: what must be true of every view. */

const v1 = id => "/api/v1/threads/" + encodeURIComponent(id);
const row = (page, text) => page.locator(".row", { hasText: text });
const heading = (page, name) => page.getByRole("heading", { name, level: 1,
	exact: true });
const evil = "\u202E\"'><img src=x onerror=window.hacked=1>" +
	"<script>window.hacked=1</script>{{7*7}}";

/* What no text of others may become. */
async function inert(t, page, where)
{
	const bad = await page.evaluate(() => [...document.querySelectorAll(
	    "body script, body style, body iframe:not([sandbox]), object, " +
	    "embed, base, [onerror], [onload], img[src='x'], " +
	    "a[href^='javascript' i]")].map(e => e.outerHTML.slice(0, 200)));

	t.assert.deepEqual(bad, [], where);
	t.assert.equal(await page.evaluate(() => window.hacked), undefined,
	    where);
	t.assert.ok(!(await page.title()).includes("\u202E"), where);
	t.assert.ok(await page.locator(".bar").isVisible(), where);
	t.assert.ok(!await page.evaluate(() => [...document.querySelectorAll(
	    "main, .pane, .scroller, .bar")].some(e =>
	    e.scrollWidth > e.clientWidth + 1)), where + " is too wide");
}

export async function names(t)
{
	const id = "<b>" + evil.slice(1, 60) + "/../%2F?#&";
	const call = { tool_id: evil, tool_name: evil, inputs: { [evil]: evil },
	    metadata: { [evil]: evil } };
	const mine = (method, path, body) => t.api("hostile", method, path,
	    body);

	const { conversation_id } = await mine("POST", "/api/v1/threads",
	    { thread_id: id });
	await mine("PATCH", v1(id), { title: evil.repeat(4).slice(0, 512) });
	await mine("POST", "/chat/prompt-only/runs",
	    { prompt: evil.repeat(20), run_id:
	    "00000000-0000-4000-8000-00000000e711" });
	await mine("POST", "/feedback", { run_id:
	    "00000000-0000-4000-8000-00000000e711", feedback: 1,
	    comment: evil });
	for (const status of ["pending", "failed"])
		await t.act("hostile", v1(id) + "/tool-calls", { ...call,
		    status, ...(status === "failed" &&
			{ error_message: evil }) });
	await t.act("hostile", v1(id) + "/messages", { role: "user",
	    content: evil });
	const form = new FormData();

	form.append("file", new Blob(["<svg xmlns='http://www.w3.org/2000/" +
	    "svg' onload='parent.hacked=1'/>"], { type: "image/svg+xml" }),
	    evil.replaceAll("/", "") + ".svg");
	t.assert.equal((await fetch(t.url + "/api/threads/" + conversation_id +
	    "/artifacts", { method: "POST", body: form, headers: {
	    Authorization: "Bearer " + t.token_of("hostile") } })).status,
	    201);
	await mine("POST", "/api/threads/" + conversation_id + "/config",
	    { model: evil.slice(1, 100), system_prompt: evil,
	      settings: { [evil]: evil } });

	for (const viewport of [{ width: 1280, height: 800 },
	    { width: 360, height: 740 }]) {
		const page = await t.as("hostile", "", { viewport });
		const open = encodeURIComponent(id);

		await row(page, "<img src=x").first().waitFor();
		for (const [where, there] of [["", ".row"],
		    ["thread/" + open, ".question"],
		    ["thread/" + open + "/files", ".tile"],
		    ["thread/" + open + "/model", "#c-model"],
		    ["thread/prompt-only", ".rating"],
		    ["approvals", ".call"], ["statistics", "main section"],
		    ["settings", "#you"]]) {
			await t.go(page, where);
			await page.locator(there).first().waitFor();
			await t.settled(page);
			for (const s of await page.locator("main summary")
			    .all())
				if (await s.isVisible())
					await s.click();
			await inert(t, page, where);
		}
		/* And what opens above. */
		await t.go(page, "thread/" + open + "/files");
		await page.locator(".face").click();
		await page.locator("dialog").waitFor();
		await inert(t, page, "preview");
		await page.keyboard.press("Escape");
		await page.getByRole("button", { name:
		    "Actions for this thread" }).click();
		await page.getByRole("menuitem", { name: "Delete" }).click();
		await page.locator(".toast").waitFor();
		await inert(t, page, "toast");
		await page.getByRole("button", { name: "Undo" }).click();
		await t.shot(page, "names-" + viewport.width);
		await page.close();
	}
}

const views = [["", "Threads"], ["thread/housing-2024",
	"How many flats were completed in Prague in 2024?"],
	["approvals", "Approvals"], ["statistics", "Statistics"],
	["settings", "Settings"]];

export async function walks(t)
{
	const page = await t.as("alice");

	await row(page, "flats").first().waitFor();
	for (const [where, name] of views.slice(1)) {
		await t.go(page, where);
		await heading(page, name).waitFor();
	}
	for (const [, name] of views.slice(0, -1).reverse()) {
		await page.goBack();
		await heading(page, name).waitFor();
		t.assert.ok((await page.title()).includes("bobbin"));
	}
	for (const [, name] of views.slice(1)) {
		await page.goForward();
		await heading(page, name).waitFor();
	}
	/* The parts of a thread are places too; a burst ends at the last. */
	for (const [part, there] of [["files", "No files yet."],
	    ["model", "Instructions"]]) {
		await t.go(page, "thread/housing-2024/" + part);
		await page.getByText(there).waitFor();
	}
	await page.goBack();
	await page.getByText("No files yet.").waitFor();
	await page.evaluate(() => {
		for (const to of ["approvals", "thread/trains", "settings",
		    "thread/housing-2024", "statistics"])
			location.hash = "#/" + to;
	});
	await heading(page, "Statistics").waitFor();
	await t.settled(page);
	t.assert.equal(await page.getByRole("heading", { level: 1 }).count(),
	    1);
	t.assert.equal(await page.locator("nav.main [aria-current]")
	    .textContent(), "Statistics");
}

export async function reloads(t)
{
	const page = await t.as("alice");

	for (const [where, name] of views) {
		await t.go(page, where);
		await heading(page, name).waitFor();
		await page.reload();
		await heading(page, name).waitFor();
		/* By its link, in a new tab that gets a token first. */
		const other = await t.page();

		await other.goto(t.url + "/#token=" + t.token_of("alice"));
		await other.locator("header.bar").waitFor();
		await other.goto(t.url + "/#/" + where);
		await heading(other, name).waitFor();
		await other.close();
	}
	/* What is no place is the start, or not there. */
	t.expect(/404/);
	await page.goto(t.url + "/#/no/such/%place");
	await heading(page, "Threads").waitFor();
	await page.goto(t.url + "/#/thread/none%2Fsuch");
	await heading(page, "Thread not found").waitFor();
	await page.goto(t.url + "/#/thread/housing-2024/none");
	await page.locator(".turn").first().waitFor();
}

/* What is being typed outlives the end of a sign-in. */
export async function dialogs(t)
{
	const page = await t.page();

	await page.clock.install();
	await page.goto(t.url + "/#token=" + t.token_of("alice"));
	await row(page, "nurses").getByRole("button").click();
	await page.getByRole("menuitem", { name: "Rename…" }).click();
	await page.getByRole("textbox", { name: "Title" }).fill("Half typ");
	await page.clock.fastForward("01:01:00");
	await page.getByText("Your sign-in has expired").waitFor();
	t.assert.equal(await page.locator("dialog[open]").count(), 2);
	t.assert.equal(await page.evaluate(() => {
		const ids = [...document.querySelectorAll("[id]")]
		    .map(e => e.id);

		return new Set(ids).size === ids.length;
	}), true);
	await page.clock.setSystemTime(new Date());
	await page.getByLabel("Access token").fill(t.token_of("alice"));
	await page.getByRole("button", { name: "Sign in", exact: true })
	    .click();
	const box = page.getByRole("textbox", { name: "Title" });

	t.assert.equal(await box.inputValue(), "Half typ");
	await box.fill("Wholly typed");
	await box.press("Enter");
	await row(page, "Wholly typed").waitFor();
	/*
	 * Somebody else who signs in there finds nothing of it, and what was
	 * about to be deleted is not the other's.
	 */
	for (const who of ["alice", "bob"]) {
		await t.api(who, "POST", "/api/v1/threads",
		    { thread_id: "twin" });
		await t.api(who, "PATCH", v1("twin"), { title: "Twin" });
	}
	await row(page, "Twin").getByRole("button").click();
	await page.getByRole("menuitem", { name: "Delete" }).click();
	await page.locator(".toast", { hasText: "Twin" }).waitFor();
	await row(page, "Wholly typed").getByRole("button").click();
	await page.getByRole("menuitem", { name: "Rename…" }).click();
	await page.clock.fastForward("01:01:00");
	await page.getByText("Your sign-in has expired").waitFor();
	await page.clock.setSystemTime(new Date());
	await page.getByLabel("Access token").fill(t.token_of("bob"));
	await page.getByRole("button", { name: "Sign in", exact: true })
	    .click();
	await row(page, "wind").waitFor();
	t.assert.equal(await page.locator("dialog").count(), 0);
	t.assert.equal(await page.getByText("Wholly typed").count(), 0);
	t.assert.equal(await page.locator(".toast").count(), 0);
	await page.clock.runFor(20000);
	await t.settled(page);
	await t.api("bob", "GET", v1("twin"));
}

export async function deleted(t)
{
	for (const [id, part] of [["d1", ""], ["d2", "/files"],
	    ["d3", "/model"]]) {
		await t.api("alice", "POST", "/chat/" + id + "/runs",
		    { prompt: "Deleted elsewhere " + id });
		const one = await t.as("alice", "thread/" + id + part);
		const two = await t.as("alice", "", { context: one.context() });

		await heading(one, "Deleted elsewhere " + id).waitFor();
		await t.settled(one);
		await row(two, "Deleted elsewhere " + id).getByRole("button")
		    .click();
		await two.getByRole("menuitem", { name: "Delete" }).click();
		await two.locator(".toast").getByRole("button",
		    { name: "Close" }).click();
		await heading(one, "Thread not found").waitFor();
		t.assert.equal(await row(one, id).count(), 0);
		await one.getByRole("link", { name: "To the threads" })
		    .click();
		await one.getByText("Choose a thread.").waitFor();
	}
}

/* Both in one browser, each step by both before the next. */
export async function two_users(t)
{
	const context = await t.browser.newContext({ viewport: { width: 1280,
	    height: 800 } });
	const users = ["alice", "bob"];
	const at = {};
	const each = async step => {
		for (const who of users)
			await step(at[who], who,
			    users.find(other => other !== who));
	};
	const id = who => "thread-of-" + who;
	const run = who => "00000000-0000-4000-8000-00000000" +
	    (who === "bob" ? "bbbb" : "aaaa");

	for (const who of users) {
		await t.api(who, "POST", "/chat/" + id(who) + "/runs",
		    { prompt: "Question of " + who, run_id: run(who) });
		await t.act(who, v1(id(who)) + "/tool-calls", { tool_id: "c",
		    tool_name: "tool_of_" + who, inputs: { of: who } });
		at[who] = await t.as(who, "", { context });
	}
	await each((page, who) => row(page, "Question of " + who).waitFor());
	await each(async (page, who) => {
		await row(page, "Question of " + who).getByRole("button")
		    .click();
		await page.getByRole("menuitem", { name: "Rename…" }).click();
		await page.getByRole("textbox", { name: "Title" })
		    .fill("Title of " + who);
		await page.keyboard.press("Enter");
	});
	await each((page, who) => row(page, "Title of " + who).waitFor());
	await each(async (page, who) => {
		await page.getByRole("searchbox").fill("title of");
		await t.until("found", async () => await page.locator(
		    ".row .title").allTextContents() + "" ===
		    "Title of " + who);
		await row(page, "Title of " + who).locator("a").click();
		await page.locator(".rating").waitFor();
		await page.getByRole("button", { name: who === "bob" ?
		    "Bad answer" : "Good answer" }).click();
		await page.getByRole("button", { name: "Comment" }).click();
		await page.getByLabel("Comment", { exact: true })
		    .fill("Comment of " + who);
		await page.getByRole("button", { name: "Save" }).click();
		await page.getByText("Comment of " + who).waitFor();
	});
	await each(async (page, who) => {
		await t.go(page, "thread/" + id(who) + "/files");
		await page.getByText("No files yet.").waitFor();
		await page.locator("input[type=file]").setInputFiles({
		    name: "of-" + who + ".txt", mimeType: "text/plain",
		    buffer: Buffer.from("Bytes of " + who) });
		await page.locator(".tile", { hasText: "of-" + who }).waitFor();
	});
	await each(async (page, who) => {
		await t.go(page, "thread/" + id(who) + "/model");
		await page.getByRole("textbox", { name: "Model" })
		    .fill("model-of-" + who);
		await page.getByRole("button", { name: "Save" }).click();
		await t.go(page, "settings");
		await page.getByLabel("OpenAI key").fill("sk-key-of-" + who);
		await page.locator("form", { hasText: "OpenAI" })
		    .getByRole("button", { name: "Save" }).click();
		await page.getByText("Stored: sk-...").waitFor();
	});
	await each(async (page, who, other) => {
		await t.go(page, "approvals");
		const card = page.locator(".call", { hasText: "tool_of_" + who });

		await card.getByRole("button", { name: who === "bob" ?
		    "Approve" : "Reject…" }).click();
		if (who === "alice")
			await card.getByRole("button", { name: "Reject",
			    exact: true }).click();
		await card.getByText(who === "bob" ? "approved" :
		    "rejected").waitFor();
		t.assert.equal(await page.getByText("tool_of_" + other)
		    .count(), 0);
	});
	/* Reloaded, each has the own and nothing of the other's. */
	await each(async (page, who, other) => {
		for (const [where, there] of [
		    ["thread/" + id(who), "Comment of " + who],
		    ["thread/" + id(who) + "/files", "of-" + who + ".txt"],
		    ["approvals", "Approvals"], ["settings", "Signed in as"],
		    ["", "Title of " + who]]) {
			await t.go(page, where);
			await page.reload();
			await page.getByText(there).first().waitFor();
			await t.settled(page);
			t.assert.doesNotMatch(await page.content(),
			    new RegExp("(of|tool_of)[ _-]" + other), where);
		}
		await t.go(page, "thread/" + id(who) + "/model");
		await t.until("own model", async () => await page.getByRole(
		    "textbox", { name: "Model" }).inputValue() ===
		    "model-of-" + who);
	});
	/* Each takes the own thread along, puts it away, and deletes it. */
	const menu = async (page, who, item) => {
		await row(page, "Title of " + who).getByRole("button").click();
		await page.getByRole("menuitem", { name: item, exact: true })
		    .click();
	};

	await each(async (page, who, other) => {
		await t.go(page, "");
		const [file] = await Promise.all([
		    page.waitForEvent("download"),
		    menu(page, who, "Export as JSON")]);
		const text = (await (await file.createReadStream()).toArray())
		    .join("");

		t.assert.match(text, new RegExp("Question of " + who));
		t.assert.doesNotMatch(text, new RegExp("of[ _-]" + other));
	});
	await each(async (page, who) => {
		await menu(page, who, "Archive");
		await row(page, "Title of " + who)
		    .waitFor({ state: "detached" });
		await page.getByLabel("Which threads").selectOption("true");
		await row(page, "Title of " + who).waitFor();
		t.assert.equal(await page.locator(".row").count(), 1);
	});
	await each(async (page, who, other) => {
		await menu(page, who, "Delete");
		await page.locator(".toast", { hasText: "is deleted" })
		    .getByRole("button", { name: "Close" }).click();
		await t.until("deleted", async () => (await t.api(who, "GET",
		    "/api/v1/threads?archived=all")).threads.every(
		    x => x.thread_id !== id(who)));
		if (who === "alice")
			await t.api(other, "GET", v1(id(other)));
	});
}

export async function very_long(t)
{
	const page = await t.as("alice", "thread/very-long");

	await page.getByText("Question 4999", { exact: true }).waitFor();
	/* All the way back; the place that is read stays where it is. */
	const jumps = await page.evaluate(async () => {
		const pane = document.querySelector(".pane");
		const box = document.querySelector(".turns");
		const button = () => document.querySelector(".pane > .foot " +
		    "button");
		const frame = () => new Promise(requestAnimationFrame);
		const out = [];

		while (button()) {
			const n = box.childElementCount;

			pane.scrollTop = 0;
			for (let i = 0; i < 4; i++)
				await frame();
			const at = box.children[1];
			const top = at.getBoundingClientRect().top;

			button().click();
			while (box.childElementCount === n && button())
				await frame();
			out.push(Math.abs(at.getBoundingClientRect().top -
			    top));
		}
		return out;
	});

	t.assert.equal(jumps.length, 49);
	t.assert.ok(Math.max(...jumps) < 4, String(jumps));
	t.assert.deepEqual(await page.evaluate(() => [...document
	    .querySelectorAll(".question .text")].map(e => e.textContent)),
	    Array.from({ length: 2500 }, (_, i) => "Question " +
	    (2 * i + 1)));
	/* What is off the screen is not laid out: that is what scrolls. */
	t.assert.ok(await page.evaluate(() => [...document.querySelectorAll(
	    ".answer")].filter(e => e.checkVisibility({
	    contentVisibilityAuto: true })).length) < 200);
	for (const part of [0.5, 0.1, 0.9]) {
		await page.evaluate(async to => {
			const pane = document.querySelector(".pane");

			pane.scrollTop = pane.scrollHeight * to;
			await new Promise(requestAnimationFrame);
			await new Promise(requestAnimationFrame);
		}, part);
		t.assert.ok(await page.evaluate(() => {
			const box = document.querySelector(".pane")
			    .getBoundingClientRect();

			return document.elementFromPoint(box.x + box.width / 2,
			    box.y + box.height / 2).closest(".turn") !== null;
		}));
	}
	/* News leave all that was there as it is. */
	await page.evaluate(() => document.querySelectorAll(".turn")
	    .forEach(e => { e.dataset.seen = "yes"; }));
	await t.act("alice", v1("very-long") + "/messages", { role: "user",
	    content: "One more question" });
	await t.until("told", () => page.evaluate(() => document
	    .querySelector(".turns").lastElementChild.textContent
	    .includes("One more question")));
	t.assert.equal(await page.evaluate(() => document.querySelectorAll(
	    ".turn:not([data-seen])").length), 1);
	await t.shot(page, "very-long");
}
