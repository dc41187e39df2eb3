/* files.mjs: files, models, keys, statistics. */
import { readFile } from "node:fs/promises";

const png = Buffer.from("iVBORw0KGgoAAAANSUhEUgAAAAIAAAACCAIAAAD91JpzAAAAFk" +
	"lEQVR4nGMQjy37z8DA8J+BgeE/AwAmCAUB9pnrhwAAAABJRU5ErkJggg==", "base64");

const thread = (t, id) => t.api("alice", "POST", "/api/v1/threads",
	{ thread_id: id });

export async function uploads(t)
{
	await thread(t, "files");
	const page = await t.as("alice", "thread/files/files");
	const tile = name => page.locator(".tile", { hasText: name });
	const html = "<h1>Report</h1><script>parent.hacked = 1; document.body" +
	    ".append('RAN')</script>";
	const svg = "<svg xmlns='http://www.w3.org/2000/svg' width='40' " +
	    "height='30'><script>parent.hacked = 1</script><rect width='40' " +
	    "height='30' fill='teal' onload='parent.hacked = 1'/></svg>";

	await page.getByText("No files yet.").waitFor();
	await page.locator("input[type=file]").setInputFiles([
	    { name: "dot.png", mimeType: "image/png", buffer: png },
	    { name: "drawing.svg", mimeType: "image/svg+xml",
	      buffer: Buffer.from(svg) },
	    { name: "report.html", mimeType: "text/html",
	      buffer: Buffer.from(html) },
	    { name: "bill\u202Efdp.exe", mimeType: "application/octet-stream",
	      buffer: Buffer.from([0, 1, 2]) },
	    { name: "prices.csv", mimeType: "text/csv",
	      buffer: Buffer.from("a,b\n1,<script>2</script>\n") }]);
	for (const name of ["dot.png", "drawing.svg", "report.html", "billfdp",
	    "prices.csv"])
		await tile(name).waitFor();
	await t.until("drawn", () => tile("dot.png").locator("img")
	    .evaluate(e => e.complete && e.naturalWidth === 2));
	await t.until("drawn", () => tile("drawing.svg").locator("img")
	    .evaluate(e => e.complete && e.naturalWidth === 40));
	await t.shot(page, "files");

	/* A page of a file runs nothing and knows nothing. */
	t.expect(/sandboxed/);
	await page.getByRole("button", { name: "Preview report.html" }).click();
	const frame = page.frameLocator("iframe");

	await frame.getByText("Report").waitFor();
	t.assert.equal(await frame.getByText("RAN").count(), 0);
	t.assert.equal(await page.evaluate(() => window.hacked), undefined);
	await page.keyboard.press("Escape");
	await page.getByRole("button", { name: "Preview prices.csv" }).click();
	await page.getByText("1,<script>2</script>").waitFor();
	await t.shot(page, "preview");
	await page.keyboard.press("Escape");

	const [file] = await Promise.all([page.waitForEvent("download"),
	    page.getByRole("button", { name: "Download prices.csv" })
	    .click()]);
	t.assert.equal(file.suggestedFilename(), "prices.csv");
	t.assert.equal(await readFile(await file.path(), "utf8"),
	    "a,b\n1,<script>2</script>\n");

	await page.getByRole("button", { name: "Delete dot.png" }).click();
	await page.getByRole("button", { name: "Delete", exact: true })
	    .click();
	await tile("dot.png").waitFor({ state: "detached" });
	await page.reload();
	await tile("report.html").waitFor();
	t.assert.equal(await tile("dot.png").count(), 0);
}

/* What a tool made stands below the answer that speaks of it. */
export async function answers(t)
{
	const agent = (path, body) => t.api("agent", "POST", path, body,
	    "alice");

	await thread(t, "made");
	const { conversation_id } = await t.api("alice", "GET",
	    "/api/v1/threads/made");
	const form = new FormData();

	form.append("tool_call_id", "call-9");
	form.append("file", new Blob([png], { type: "image/png" }), "made.png");
	const res = await fetch(t.url + "/api/threads/" + conversation_id +
	    "/artifacts", { method: "POST", body: form, headers:
	    { Authorization: "Bearer " + t.token_of("alice") } });

	t.assert.equal(res.status, 201);
	await agent("/api/threads/" + conversation_id + "/messages",
	    { messages: [
	    { message_id: "u", role: "user", content: { text: "Draw it" } },
	    { message_id: "tool:u:1", role: "tool", tool_name: "painter",
	      tool_input: { tool_call_id: "call-9", size: 2 },
	      tool_output: { done: "painted" } },
	    { message_id: "assistant:u", role: "assistant",
	      content: { text: "Here it **is**." } }] });
	const page = await t.as("alice", "thread/made");
	const thumb = page.getByRole("button", { name: "made.png" });

	await t.until("drawn", () => thumb.locator("img")
	    .evaluate(e => e.complete && e.naturalWidth === 2));
	await page.locator("summary", { hasText: "painter" }).click();
	await page.getByText('"size": 2').waitFor();
	await page.getByText('"done": "painted"').waitFor();
	await thumb.click();
	await t.until("shown", () => page.locator("dialog img")
	    .evaluate(e => e.complete && e.naturalWidth === 2));
	await t.shot(page, "made");
}

/* ChatKit keeps the files of a message beside it, and items among messages. */
export async function sent_along(t)
{
	const store = "/chatkit/store/threads/thr_1";
	const auth = { Authorization: "Bearer " + t.token_of("alice") };
	const at = n => "2026-01-02T03:04:0" + n + ".5";
	const item = (id, n, type, more) => t.api("agent", "PUT",
	    store + "/items/" + id, { id, thread_id: "thr_1", type,
	    created_at: at(n), ...more }, "alice");
	const sent = async (name, type, bytes) => {
		const form = new FormData();

		form.append("file", new Blob([bytes], { type }), name);
		return (await fetch(t.url + "/chatkit/attachments",
		    { method: "POST", headers: auth, body: form })).json();
	};

	await t.api("agent", "PUT", store, { id: "thr_1", created_at: at(0),
	    title: "Sent along" }, "alice");
	await item("i1", 1, "user_message", { content: [{ type: "input_text",
	    text: "Look at these" }], attachments: [
	    await sent("seen.png", "image/png", png),
	    await sent("<b>read</b>.txt", "text/plain", "Read me") ],
	    inference_options: {} });
	await item("i2", 2, "client_tool_call", { status: "completed",
	    call_id: "c", name: "get_selection", arguments: { a: 1 },
	    output: { chosen: 7 } });
	await item("i3", 3, "widget", { widget: { type: "Card", size: 3 } });
	await item("i4", 4, "hidden_context_item", { content: "Not for you" });
	await item("i5", 5, "assistant_message", { content: [{ type:
	    "output_text", text: "I **see**.", annotations: [] }] });
	/* What no ChatKit server would write. */
	await item("x1", 5, "user_message", { content: [{ type: "input_text",
	    text: "Odd ones" }], attachments: "none" });
	await item("x2", 5, "user_message", { content: [{ type: "input_text",
	    text: "More odd ones" }], attachments: [null, 7, { id: {} },
	    { id: "../../x", name: null, preview_url: ["?token=a.b"],
	      mime_type: {} }] });
	await item("x3", 5, "generated_image", { image: "javascript:x" });
	await item("x4", 5, "generated_image", { image:
	    { url: "javascript:window.hacked=1" } });
	await item("x5", 5, "<img src=x onerror=window.hacked=1>", { title:
	    { a: 1 } });
	/* Without a file, in the same millisecond as another. */
	await item("i6", 6, "user_message", { content: [{ type: "input_text",
	    text: "First" }], attachments: [], inference_options: {} });
	await item("i7", 6, "user_message", { content: [{ type: "input_text",
	    text: "Second" }], attachments: [
	    await sent("second.csv", "text/csv", "a,b") ],
	    inference_options: {} });

	const page = await t.as("alice", "thread/thr_1");
	const turn = text => page.locator(".turn", { hasText: text });

	await t.until("drawn", () => turn("Look at these").locator("img")
	    .evaluate(e => e.complete && e.naturalWidth === 2));
	await turn("Look at these").locator("summary",
	    { hasText: "get_selection" }).click();
	await page.getByText('"chosen": 7').waitFor();
	await turn("I see.").locator("summary", { hasText: "widget" })
	    .click();
	await page.getByText('"Card"').waitFor();
	t.assert.equal(await page.getByText("Not for you").count(), 0);
	await page.getByText("javascript:window").waitFor();
	t.assert.equal(await page.evaluate(() => window.hacked), undefined);
	t.assert.equal(await turn("First").locator(".thumb").count(), 0);
	t.assert.equal(await turn("Second").locator(".thumb").count(), 1);
	await t.shot(page, "chatkit");
	await page.getByRole("button", { name: "<b>read</b>.txt" }).click();
	const [file] = await Promise.all([page.waitForEvent("download"),
	    page.getByRole("button", { name: "Download" }).click()]);
	t.assert.equal(await readFile(await file.path(), "utf8"), "Read me");
	await page.keyboard.press("Escape");

	/* Exported with all of it, and no link that opens anything. */
	for (const which of ["Markdown", "JSON"]) {
		await page.getByRole("button", { name:
		    "Actions for this thread" }).click();
		const [out] = await Promise.all([
		    page.waitForEvent("download"), page.getByRole("menuitem",
			{ name: "Export as " + which }).click()]);
		const text = await readFile(await out.path(), "utf8");

		for (const want of ["seen.png", "get_selection", "second.csv"])
			t.assert.ok(text.includes(want), which + want);
		t.assert.doesNotMatch(text, /token=/);
	}
	/* What is not ChatKit's is not asked for there. */
	const before = t.requests.length;

	await t.go(page, "thread/housing-2024");
	await turn("Show it by district").waitFor();
	await t.settled(page);
	t.assert.ok(t.requests.slice(before).every(r =>
	    r.url !== "/chatkit"));
}

export async function progress(t)
{
	await thread(t, "slow");
	const page = await t.as("alice", "thread/slow/files");
	const session = await page.context().newCDPSession(page);
	const send = (name, size) => page.locator("input[type=file]")
	    .setInputFiles({ name, mimeType: "application/octet-stream",
	    buffer: Buffer.alloc(size, 7) });

	await page.getByText("No files yet.").waitFor();
	await session.send("Network.enable");
	await session.send("Network.emulateNetworkConditions", { offline: false,
	    latency: 0, downloadThroughput: -1, uploadThroughput: 400000 });
	await send("big.bin", 2000000);
	await t.until("half sent", () => page.locator("progress")
	    .evaluate(e => e.value > 0 && e.value < 100));
	await t.shot(page, "upload");
	await page.getByRole("button", { name: "Stop uploading big.bin" })
	    .click();
	await page.locator("progress").waitFor({ state: "detached" });
	await session.send("Network.emulateNetworkConditions", { offline: false,
	    latency: 0, downloadThroughput: -1, uploadThroughput: -1 });
	await send("small.bin", 2000);
	await page.locator(".tile", { hasText: "small.bin" }).waitFor();
	/* Too large is said. */
	t.expect(/413|ERR_CONNECTION/);
	await send("huge.bin", 3 << 20);
	await page.getByText(/too large/i).waitFor();
	t.assert.equal(await page.locator(".tile").count(), 1);
}

export async function model(t)
{
	await thread(t, "model");
	const page = await t.as("alice", "thread/model/model");
	const save = page.getByRole("button", { name: "Save" });
	const { conversation_id } = await t.api("alice", "GET",
	    "/api/v1/threads/model");
	const stored = () => t.api("alice", "GET",
	    "/api/threads/" + conversation_id + "/config");

	await page.getByRole("textbox", { name: "Model" }).fill("small-model");
	await page.getByLabel("Temperature").fill("0.25");
	await page.getByLabel("Settings, JSON").fill("{\"top_p\":");
	await page.getByText("This is not JSON").waitFor();
	await save.click();
	t.assert.notEqual((await stored()).model, "small-model");
	await page.getByLabel("Settings, JSON").fill("{\"top_p\": 0.5}");
	await save.click();
	await t.until("saved", async () =>
	    (await stored()).model === "small-model");
	t.assert.equal((await stored()).temperature, 0.25);
	await page.reload();
	await t.until("shown", async () => await page.getByLabel("Temperature")
	    .inputValue() === "0.25");
	/* Emptied, a value is the default's again, by one request. */
	const writes = () => t.requests.filter(r => r.method !== "GET" &&
	    /\/config$/.test(r.url)).length;
	const { temperature } = await t.api("alice", "GET",
	    "/api/config/defaults");
	const before = writes();

	await page.getByLabel("Instructions").fill("Be brief.");
	await page.getByLabel("Temperature").fill("");
	await page.getByLabel("Settings, JSON").fill("");
	await save.click();
	await t.until("unset", async () => {
		const now = await stored();

		return now.temperature === temperature &&
		    Object.keys(now.settings).length === 0 &&
		    now.model === "small-model" &&
		    now.system_prompt === "Be brief.";
	});
	await page.getByLabel("Instructions").fill("");
	await save.click();
	await t.until("no instructions", async () =>
	    (await stored()).system_prompt === "");
	t.assert.equal(writes(), before + 2);
	await page.reload();
	await t.until("shown", async () => await page.getByLabel("Temperature")
	    .inputValue() === String(temperature));
	t.assert.equal(await page.getByLabel("Settings, JSON").inputValue(),
	    "");
	await t.shot(page, "model");
	await page.getByRole("button", { name: "Use the defaults" }).click();
	await page.locator("dialog").getByRole("button",
	    { name: "Use the defaults" }).click();
	await t.until("default", async () =>
	    (await stored()).model !== "small-model");
}

export async function keys(t)
{
	const page = await t.as("alice", "settings");
	const key = "sk-test-1234567890abcdef";

	await page.getByLabel("OpenAI key").fill(key);
	await page.locator("form", { hasText: "OpenAI" })
	    .getByRole("button", { name: "Save" }).click();
	await page.getByText("sk-...abcdef").waitFor();
	t.assert.ok(!(await page.content()).includes(key));
	await page.reload();
	await page.getByText("sk-...abcdef").waitFor();
	await t.shot(page, "settings");
	await page.getByRole("button", { name: "Remove" }).click();
	await page.getByText("sk-...abcdef").waitFor({ state: "detached" });
	await page.getByLabel("Anthropic key").fill("sk-ant-api03-abcdefgh");
	await page.locator("form", { hasText: "Anthropic" })
	    .getByRole("button", { name: "Save" }).click();
	await page.getByText("sk-ant-...cdefgh").waitFor();
	/* Of another user there is nothing. */
	const bob = await t.as("bob", "settings");

	await bob.getByText("None is stored.").first().waitFor();
	t.assert.equal(await bob.getByText("None is stored.").count(), 2);
	await page.getByRole("button", { name: "Delete all keys" }).click();
	await page.getByRole("button", { name: "Delete", exact: true })
	    .click();
	await page.getByText("None is stored.").nth(1).waitFor();
}

export async function statistics(t)
{
	const page = await t.as("alice", "statistics");
	const tile = async name => page.locator(".tiles div",
	    { hasText: name }).locator("dd").textContent();

	await page.getByRole("img", { name: "Runs per day" }).waitFor();
	t.assert.equal(await tile("Threads"), "3");
	t.assert.equal(await tile("Runs"), "6");
	t.assert.equal(await tile("Rated"), "4");
	t.assert.equal(await tile("Good"), "75 %");
	t.assert.ok(await page.locator(".bar-of").count() >= 2);
	await page.getByText("The numbers as a table").click();
	const cells = await page.locator("tbody tr").evaluateAll(
	    all => all.map(e => Number(e.cells[1].textContent)));
	t.assert.equal(cells.reduce((a, b) => a + b), 6);
	await t.shot(page, "statistics");
	await page.getByText("Days begin at midnight, UTC+00:00.").waitFor();
	/* A year is as many numbers, and no more is read than they are. */
	await page.getByLabel("The last").selectOption("365");
	await page.getByText("6 runs in 365 days.").waitFor();
	t.assert.equal(await tile("Runs"), "6");
	t.assert.equal(await tile("Good"), "75 %");
	t.assert.deepEqual(t.requests.filter(r => /^\/(statistics\?|chat\/)/
	    .test(r.url)).map(r => r.url), ["/statistics?days=30&tz=0",
	    "/statistics?days=365&tz=0"]);
	/* Days are those of the clock on the wall. */
	const tokyo = await t.as("carol", "statistics",
	    { timezoneId: "Asia/Tokyo" });

	await tokyo.getByText("Days begin at midnight, UTC+09:00.").waitFor();
	await tokyo.getByText("0 runs in 30 days.").waitFor();
	await tokyo.getByText("Nothing was rated in these days.").waitFor();
	t.assert.equal(await tokyo.locator(".bar-of, .dot").count(), 0);
	t.assert.equal(t.requests.filter(r => r.url.startsWith("/statistics"))
	    .at(-1).url, "/statistics?days=30&tz=540");
	/* A failure is said, and what was asked for last is shown. */
	await tokyo.route("**/statistics?days=90*", route => route.abort());
	t.expect(/ERR_FAILED/);
	await tokyo.getByLabel("The last").selectOption("90");
	await tokyo.getByText("cannot be reached").first().waitFor();
	await tokyo.getByLabel("The last").selectOption("365");
	await tokyo.getByText("0 runs in 365 days.").waitFor();
}
