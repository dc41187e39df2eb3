/* threads.mjs: signing in, and the list. */
import http from "node:http";

const titles = page => page.locator(".row .title").allTextContents();
const row = (page, title) => page.locator(".row", { hasText: title });
const token_left = page => page.evaluate(() =>
	location.href + document.referrer);

async function menu(page, title, item)
{
	await row(page, title).getByRole("button").click();
	await page.getByRole("menuitem", { name: item, exact: true }).click();
}

/* --- Signing in */

export async function link(t)
{
	const page = await t.as("alice");

	await row(page, "flats").first().waitFor();
	t.assert.equal(await page.evaluate(() => location.hash), "");
	t.assert.doesNotMatch(await token_left(page), /token/);
	t.assert.ok(!(await page.evaluate(() => JSON.stringify(localStorage)))
	    .includes(t.token_of("alice")));
	/* The history has no place with the token. */
	await page.goBack().catch(() => {});
	t.assert.doesNotMatch(await token_left(page), /token=/);
	await page.goto(t.url + "/");
	await row(page, "flats").first().waitFor();
	await t.shot(page, "threads");
}

export async function paste(t)
{
	const page = await t.page();

	t.expect(/401/);
	await page.goto(t.url + "/");
	await page.getByLabel("Access token").fill("nonsense");
	await page.getByRole("button", { name: "Sign in", exact: true })
	    .click();
	await page.getByText("does not accept this token").waitFor();
	await t.shot(page, "sign-in");
	await page.getByLabel("Access token").fill(t.token_of("bob"));
	await page.getByRole("button", { name: "Sign in", exact: true })
	    .click();
	await row(page, "wind").waitFor();
	await page.getByRole("button", { name: "Sign out" }).click();
	await page.getByRole("heading", { name: "Signed out" }).waitFor();
	t.assert.equal(await page.locator(".row").count(), 0);
	t.assert.equal(await page.evaluate(() => sessionStorage.length), 0);
	await page.goto(t.url + "/");
	await page.getByLabel("Access token").waitFor();
}

/* A proxy that knows its users by a cookie, as oauth2-proxy does. */
export async function proxy(t)
{
	let ended = false;
	const server = http.createServer((req, res) => {
		const who = /who=(\w+)/.exec(req.headers.cookie ?? "")?.[1];

		if (ended && req.url !== "/") {
			res.writeHead(302, { Location: "/oauth2/start" }).end();
			return;
		}
		const to = http.request(t.url + req.url, {
		    method: req.method, headers: { ...req.headers,
		    ...(who && { authorization: "Bearer " + t.token_of(who) }),
		    } }, from => {
			res.writeHead(from.statusCode, from.headers);
			from.pipe(res);
		});

		to.on("error", () => res.destroy());
		res.on("close", () => to.destroy());
		req.pipe(to);
	}).listen(0, "127.0.0.1");

	await new Promise(done => server.on("listening", done));
	const base = "http://127.0.0.1:" + server.address().port;
	const page = await t.page({ base });

	await page.context().addCookies([{ name: "who", value: "alice",
	    url: base }]);
	await page.goto(base + "/");
	await row(page, "flats").first().waitFor();
	t.assert.equal(await page.evaluate(() => sessionStorage.length), 0);
	t.assert.ok(t.requests.every(r =>
	    r.request.headers().authorization === undefined));
	/* Its session ends: what is asked next leads elsewhere. */
	ended = true;
	await page.getByRole("searchbox").fill("xyz");
	await page.getByText("Your sign-in has expired").waitFor();
	server.closeAllConnections();
	server.close();
}

export async function expiry(t)
{
	const page = await t.page();

	t.expect(/401/);
	await page.clock.install();
	await page.goto(t.url + "/#token=" + t.token_of("alice"));
	await row(page, "flats").first().click();
	await page.locator(".turn").first().waitFor();
	await page.clock.fastForward("56:00");
	await page.getByText("ends in five minutes").first().waitFor();
	await page.clock.fastForward("05:00");
	await page.getByText("Your sign-in has expired").waitFor();
	t.assert.match(page.url(), /#\/thread\//);
	await t.shot(page, "expired");
	/* Below it nothing is lost; the same user goes on. */
	await page.clock.setSystemTime(new Date());
	await sign_in(page, t.token_of("alice"));
	t.assert.match(page.url(), /#\/thread\//);
	await page.getByRole("searchbox").fill("trains");
	await page.getByRole("searchbox").fill("");
	await row(page, "flats").first().waitFor();
	/* The server's word for it. */
	await page.evaluate(token => sessionStorage.setItem("bobbin.token",
	    token), t.token_of("past"));
	await page.getByRole("searchbox").fill("trains");
	await page.getByText("Your sign-in has expired").waitFor();
	await sign_in(page, t.token_of("alice"));
	await page.locator(".turn").first().waitFor();
}

async function sign_in(page, token)
{
	await page.getByLabel("Access token").fill(token);
	await page.getByRole("button", { name: "Sign in", exact: true })
	    .click();
	await page.locator("dialog").waitFor({ state: "detached" });
}

export async function other_link(t)
{
	const page = await t.as("alice");

	await row(page, "flats").first().waitFor();
	await t.go(page, "").then(() => page.evaluate(token => {
		location.hash = "#token=" + token;
	}, t.token_of("bob")));
	await page.getByText("This link signs you in as bob@example.com")
	    .waitFor();
	await page.getByRole("button", { name: "Cancel" }).click();
	t.assert.equal(await page.locator(".who").textContent(),
	    "alice@example.com");
	t.assert.doesNotMatch(await token_left(page), /token/);
	await page.evaluate(token => {
		location.hash = "#token=" + token;
	}, t.token_of("bob"));
	await page.getByRole("button", { name: "Change user" }).click();
	await row(page, "wind").waitFor();
	t.assert.equal(await row(page, "flats").count(), 0);
}

/* Two users, in two tabs of one browser. */
export async function two_users(t)
{
	const context = await t.browser.newContext();
	const tabs = {};

	for (const who of ["alice", "bob"]) {
		tabs[who] = await t.as(who, "", { context });
	}
	await row(tabs.alice, "flats").first().waitFor();
	await row(tabs.bob, "wind").waitFor();
	for (const who of ["alice", "bob", "alice"]) {
		await tabs[who].reload();
		await row(tabs[who], who === "bob" ? "wind" : "flats").first()
		    .waitFor();
		t.assert.equal(await tabs[who].locator(".who").textContent(),
		    who + "@example.com");
		t.assert.equal(await row(tabs[who], who === "bob" ? "flats" :
		    "wind").count(), 0);
	}
	/* A foreign thread is not there. */
	t.expect(/404/);
	await t.go(tabs.bob, "thread/trains");
	await tabs.bob.getByText("Thread not found").waitFor();
}

/* --- The list */

export async function renames(t)
{
	const page = await t.as("alice");

	await menu(page, "nurses", "Rename…");
	const box = page.getByRole("textbox", { name: "Title" });
	await box.fill("Nurses \u202Egnp.exe <b>bold</b>");
	await box.press("Enter");
	/* Nothing turns the text around. */
	await row(page, "Nurses gnp.exe <b>bold</b>").waitFor();
	await page.reload();
	await row(page, "Nurses gnp.exe <b>bold</b>").waitFor();
	const { threads } = await t.api("alice", "GET", "/api/v1/threads");
	t.assert.ok(threads.some(x => x.title.includes("gnp.exe")));
}

export async function archives(t)
{
	const page = await t.as("alice");

	await menu(page, "passengers", "Archive");
	await row(page, "passengers").waitFor({ state: "detached" });
	await page.getByLabel("Which threads").selectOption("true");
	await row(page, "passengers").waitFor();
	await t.shot(page, "archive");
	await menu(page, "passengers", "Take out of the archive");
	await row(page, "passengers").waitFor({ state: "detached" });
	await page.getByLabel("Which threads").selectOption("false");
	await row(page, "passengers").waitFor();
}

export async function deletes(t)
{
	const page = await t.as("alice");
	const there = async id => (await t.api("alice", "GET",
	    "/api/v1/threads?archived=all&limit=200"))
	    .threads.some(x => x.thread_id === id);

	for (const id of ["gone-1", "gone-2"])
		await t.api("alice", "POST", "/chat/" + id + "/runs",
		    { prompt: "Delete " + id });
	await page.reload();
	await menu(page, "Delete gone-1", "Delete");
	await row(page, "Delete gone-1").waitFor({ state: "detached" });
	await page.getByRole("button", { name: "Undo" }).click();
	await row(page, "Delete gone-1").waitFor();
	/* By the keyboard. */
	await menu(page, "Delete gone-1", "Delete");
	await row(page, "Delete gone-1").waitFor({ state: "detached" });
	await page.keyboard.press("Control+z");
	await row(page, "Delete gone-1").waitFor();
	t.assert.ok(await there("gone-1"));
	/* Closing the message is the end of it. */
	await menu(page, "Delete gone-1", "Delete");
	await page.locator(".toast").getByRole("button", { name: "Close" })
	    .click();
	await t.until("deleted", async () => !await there("gone-1"));
	/* So is leaving the page. */
	await menu(page, "Delete gone-2", "Delete");
	t.assert.ok(await there("gone-2"));
	await page.close();
	await t.until("deleted", async () => !await there("gone-2"));
}

export async function searches(t)
{
	const page = await t.as("alice");
	const box = page.getByRole("searchbox");

	await row(page, "flats").first().waitFor();
	await page.keyboard.press("/");
	t.assert.ok(await box.evaluate(e => e === document.activeElement));
	await box.fill("100%_sure");
	await t.until("found", async () =>
	    (await titles(page)).join() === "Is this 100%_sure?");
	await box.fill("no such thing");
	await page.getByText("Nothing found.").waitFor();
	await box.fill("");
	await row(page, "flats").first().waitFor();
}

export async function exports_(t)
{
	const page = await t.as("alice");

	for (const [item, end] of [["Export as Markdown", ".md"],
	    ["Export as JSON", ".json"]]) {
		const [file] = await Promise.all([
		    page.waitForEvent("download"), menu(page, "flats", item)]);
		const stream = await file.createReadStream();
		const text = (await stream.toArray()).join("");

		t.assert.ok(file.suggestedFilename().endsWith(end));
		t.assert.match(text, /And how does that compare with 2023\?/);
		if (end === ".json")
			t.assert.equal(JSON.parse(text).runs.length, 3);
		t.assert.doesNotMatch(text, /token=/);
	}
}

export async function keyboard(t)
{
	const page = await t.as("alice");
	const focused = () => page.evaluate(() =>
	    document.activeElement.textContent);

	await row(page, "flats").first().waitFor();
	await page.keyboard.press("j");
	await page.keyboard.press("ArrowDown");
	await page.keyboard.press("k");
	const first = (await titles(page))[0];
	t.assert.ok((await focused()).startsWith(first));
	await page.keyboard.press("Enter");
	await page.getByRole("heading", { name: first }).waitFor();
	await page.keyboard.press("Escape");
	await page.getByText("Choose a thread.").waitFor();
	await page.keyboard.press("?");
	await page.getByRole("heading", { name: "Keyboard shortcuts" })
	    .waitFor();
	await t.shot(page, "keys");
	await page.keyboard.press("Escape");
	for (const [key, view] of [["a", "Approvals"], ["s", "Statistics"],
	    ["k", "Settings"], ["t", "Threads"]]) {
		await page.keyboard.press("g");
		await page.keyboard.press(key);
		await page.getByRole("heading", { name: view, level: 1 })
		    .waitFor();
	}
	/* A menu is left where it was opened. */
	const opener = row(page, "flats").first().getByRole("button");
	await opener.focus();
	await page.keyboard.press("Enter");
	await page.keyboard.press("ArrowDown");
	await page.keyboard.press("Escape");
	t.assert.ok(await opener.evaluate(
	    e => e === document.activeElement));
}

export async function offline(t)
{
	const page = await t.as("alice");
	const context = page.context();

	t.expect(/ERR_INTERNET_DISCONNECTED/);
	await row(page, "flats").first().waitFor();
	await context.setOffline(true);
	await page.getByText("You are offline").waitFor();
	t.assert.ok((await titles(page)).length > 0);
	await menu(page, "nurses", "Archive");
	await page.locator(".toast", { hasText: "cannot be reached" })
	    .waitFor();
	await t.api("alice", "POST", "/chat/meanwhile/runs",
	    { prompt: "Said while you were away" });
	await context.setOffline(false);
	await row(page, "Said while you were away").waitFor();
	t.assert.ok(!await page.getByText("You are offline").isVisible());
}

/* --- 5,000 threads */

export async function many(t)
{
	const page = await t.page();
	const session = await page.context().newCDPSession(page);
	let bytes = 0;

	await page.clock.install();
	await session.send("Network.enable");
	session.on("Network.loadingFinished",
	    e => { bytes += e.encodedDataLength; });
	await page.goto(t.url + "/#token=" + t.token_of("carol"));
	await row(page, "Question 5000").waitFor();
	await page.getByText("2 runs").first().waitFor();
	/* Whatever else it would ask for by itself, at first. */
	await page.clock.runFor(5000);
	await t.settled(page);
	const asked = t.requests.filter(r =>
	    /^\/(api\/|chat)/.test(r.url));

	console.log(bytes, asked.map(r => r.url));
	t.assert.ok(bytes < 100 * 1024, bytes + " bytes");
	t.assert.ok(asked.length <= 3, asked.length + " requests");

	/* To the end: what exists stays small, what is shown is right. */
	const scroller = page.locator(".scroller");

	for (let seen = 0; seen < 5000;) {
		await scroller.evaluate(e => { e.scrollTop = e.scrollHeight; });
		await t.until("loaded", async () => {
			const now = await page.locator(".rows").evaluate(
			    e => Math.round(e.offsetHeight / 64));
			const more = now > seen;

			if (more)
				seen = now;
			return more;
		});
		t.assert.ok(await page.locator(".row").count() < 60);
	}
	await scroller.evaluate(e => { e.scrollTop = e.scrollHeight; });
	await page.getByText("Question 1", { exact: true }).waitFor();
	t.assert.equal(await page.locator(".row").last()
	    .getAttribute("aria-posinset"), "5000");
	await scroller.evaluate(e => { e.scrollTop = e.scrollHeight / 2; });
	await row(page, "Question 2500").waitFor();
	const ids = await page.locator(".row").evaluateAll(
	    all => all.map(e => e.getAttribute("aria-posinset")));
	t.assert.equal(new Set(ids).size, ids.length);
	await t.shot(page, "many");
}
