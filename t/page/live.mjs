/*
 * live.mjs: what the page makes of an event stream.  The stream is told here,
 * word for word; everything else comes from the server.
 */
import http from "node:http";

async function relay(t)
{
	const open = new Set(), asked = [];
	const all = { asked, open, base: "", refuse: 0,
		tell(...frames) {
			for (const res of open)
				for (const f of frames)
					res.write(f);
		},
		cut() {
			for (const res of open)
				res.destroy();
			open.clear();
		},
		close() {
			server.closeAllConnections();
			server.close();
		} };
	const server = http.createServer((req, res) => {
		if (new URL(req.url, t.url).pathname === "/api/v1/events") {
			asked.push({ url: req.url, headers: req.headers });
			if (all.refuse) {
				res.writeHead(all.refuse).end();
				return;
			}
			const begin = () => {
				res.writeHead(200, {
				    "Content-Type": "text/event-stream" });
				res.write(": hello\n\n");
				open.add(res);
				res.on("close", () => open.delete(res));
			};

			if (all.slow)
				all.slow.push(begin);
			else
				begin();
			return;
		}
		const to = http.request(t.url + req.url, { method: req.method,
		    headers: req.headers }, from => {
			const answer = () => {
				res.writeHead(from.statusCode, from.headers);
				from.pipe(res);
			};

			if (all.late && req.url.startsWith("/api/v1/threads?"))
				all.late.push(answer);
			else
				answer();
		});

		to.on("error", () => res.destroy());
		req.pipe(to);
	}).listen(0, "127.0.0.1");

	await new Promise(done => server.on("listening", done));
	all.base = "http://127.0.0.1:" + server.address().port;
	return all;
}

async function start(t, events)
{
	const page = await t.page({ base: events.base });

	await page.goto(events.base + "/#token=" + t.token_of("alice"));
	await page.locator(".row").first().waitFor();
	return page;
}

const row = (page, text) => page.locator(".row", { hasText: text });

let seq = 0;
const frame = (type, more, id = ++seq) => "event: " + type + "\nid: n:" + id +
	"\ndata: " + JSON.stringify({ type, seq: id, at:
	new Date().toISOString(), ...more }) + "\n\n";

const said = (id, title) => frame("thread.updated", { thread_id: id,
	thread: { thread_id: id, conversation_id:
	"00000000-0000-4000-8000-0000000000ff", title, metadata: {},
	created_at: new Date().toISOString(), updated_at:
	new Date().toISOString(), archived_at: null } });

/* With the token in a header, on one connection; the list comes after it. */
export async function header(t)
{
	const events = await relay(t);
	const page = await start(t, events);

	t.assert.equal(events.asked.length, 1);
	t.assert.equal(events.asked[0].headers.authorization,
	    "Bearer " + t.token_of("alice"));
	t.assert.equal(events.asked[0].url, "/api/v1/events");
	t.assert.ok(t.requests.every(r => !/token/.test(r.url)));
	events.tell(said("told", "Told by an event"));
	await row(page, "Told by an event").waitFor();
	t.assert.match(await page.locator(".row").first().textContent(),
	    /Told by an event/);
	events.tell(frame("thread.updated", { thread_id: "told", thread: null,
	    deleted: true }));
	await row(page, "Told by an event").waitFor({ state: "detached" });
	events.close();
}

/* The server's own stream: within a second, and once each. */
export async function real(t)
{
	const page = await t.as("alice");
	const tell = text => t.api("alice", "POST", "/chat/real/runs",
	    { prompt: text });
	const lists = () => t.requests.filter(r =>
	    /^\/api\/v1\/threads\?/.test(r.url)).length;

	await row(page, "flats").first().waitFor();
	await t.until("listening", () => t.requests.some(r =>
	    r.url === "/api/v1/events"));
	const before = lists();
	const at = Date.now();

	await tell("Told by the server");
	await row(page, "Told by the server").waitFor();
	console.log("seen after", Date.now() - at, "ms");
	await t.api("alice", "PATCH", "/api/v1/threads/real",
	    { title: "Renamed elsewhere" });
	await row(page, "Renamed elsewhere").waitFor();
	await t.api("alice", "DELETE", "/api/v1/threads/real");
	await row(page, "Renamed elsewhere").waitFor({ state: "detached" });
	/* By the stream, not by asking. */
	t.assert.equal(lists(), before);
}

/* In pieces, with other line ends, unknown events and heartbeats between. */
export async function pieces(t)
{
	const events = await relay(t);
	const page = await start(t, events);
	const text = said("p", "In žluté pieces");
	const bytes = Buffer.from(text);

	for (const b of bytes)
		events.tell(Buffer.from([b]));
	await row(page, "In žluté pieces").waitFor();
	events.tell(": ping\n\n", "data: {broken\n\n", "\n\n", frame("future",
	    { what: 1 }), said("q", "After all that")
	    .replaceAll("\n", "\r\n"));
	await row(page, "After all that").waitFor();
	events.close();
}

export async function resumes(t)
{
	const events = await relay(t);
	const page = await start(t, events);

	events.tell(said("r1", "The first"));
	await row(page, "The first").waitFor();
	const last = seq;
	const lists = () => t.requests.filter(r =>
	    /^\/api\/v1\/threads\?/.test(r.url)).length;
	const before = lists();

	t.expect(/ERR_|network/i);
	events.cut();
	await t.until("connected again", () => events.open.size === 1);
	t.assert.equal(events.asked.at(-1).headers["last-event-id"],
	    "n:" + last);
	/* Told again, and once more in between: what was seen is dropped. */
	events.tell(frame("thread.updated", { thread_id: "r1", thread: null,
	    deleted: true }, last), said("r2", "The second"));
	await row(page, "The second").waitFor();
	t.assert.equal(await row(page, "The first").count(), 1);
	t.assert.equal(lists(), before);
	events.close();
}

/* A stream that takes its time to begin is not given up. */
export async function slow(t)
{
	const events = await relay(t);
	const page = await t.page({ base: events.base });

	events.slow = [];
	await page.clock.install();
	await page.goto(events.base + "/#token=" + t.token_of("alice"));
	await page.locator(".row").first().waitFor();
	await page.clock.runFor(30000);
	t.assert.equal(events.asked.length, 1);
	for (const begin of events.slow)
		begin();
	await t.until("connected", () => events.open.size === 1);
	events.tell(said("slow", "Told after all"));
	await row(page, "Told after all").waitFor();
	t.assert.equal(events.asked.length, 1);
	events.close();
}

/* Without a stream the page asks now and then, and tries it again. */
export async function without(t)
{
	const events = await relay(t);

	events.refuse = 503;
	t.expect(/503/);
	const page = await start(t, events);

	await t.api("alice", "POST", "/chat/polled/runs",
	    { prompt: "Found by asking" });
	await row(page, "Found by asking").waitFor({ timeout: 40000 });
	events.refuse = 0;
	await t.until("connected", () => events.open.size === 1, 40000);
	events.tell(said("w", "Told at last"));
	await row(page, "Told at last").waitFor();
	events.close();
}

/* What was missed while nobody listened is read again. */
export async function missed(t)
{
	const events = await relay(t);
	const page = await start(t, events);

	t.expect(/ERR_|network/i);
	await t.api("alice", "POST", "/chat/missed/runs",
	    { prompt: "Missed while away" });
	events.cut();
	await row(page, "Missed while away").waitFor();
	events.close();
}

/* An event that comes while an older list is on its way. */
export async function crossed(t)
{
	const events = await relay(t);
	const page = await start(t, events);

	await t.api("alice", "POST", "/chat/late/runs",
	    { prompt: "Read late" });
	events.late = [];
	await page.evaluate(() => dispatchEvent(new Event("online")));
	await t.until("asked", () => events.late.length > 0 &&
	    events.asked.length > 1 && events.open.size === 1);
	events.tell(said("early", "Told early"));
	await row(page, "Told early").waitFor();
	for (const answer of events.late)
		answer();
	events.late = null;
	await row(page, "Read late").waitFor();
	t.assert.equal(await row(page, "Told early").count(), 1);
	events.close();
}

export async function conversation(t)
{
	const events = await relay(t);
	const page = await start(t, events);
	const path = "/api/v1/threads/live";

	await t.api("alice", "POST", "/api/v1/threads", { thread_id: "live" });
	await t.api("agent", "POST", path + "/messages", { role: "user",
	    content: "Are you there?" }, "alice");
	await page.evaluate(() => { location.hash = "#/thread/live"; });
	await page.getByText("Are you there?").waitFor();
	await t.api("agent", "POST", path + "/messages", { role: "assistant",
	    content: "Here I am." }, "alice");
	events.tell(frame("message.created", { thread_id: "live" }));
	await page.getByText("Here I am.").waitFor();
	const call = await t.api("agent", "POST", path + "/tool-calls",
	    { tool_id: "x", tool_name: "ask_me", inputs: { a: 1 } }, "alice");
	events.tell(frame("tool_call.requested", { thread_id: "live",
	    tool_call: call }));
	await page.getByRole("button", { name: "Approve" }).waitFor();
	await page.locator(".badge", { hasText: "1" }).waitFor();
	await t.api("alice", "POST", path + "/tool-result",
	    { tool_call_id: call.id, status: "rejected" });
	events.tell(frame("tool_call.decided", { thread_id: "live",
	    tool_call: { ...call, status: "rejected" } }));
	await page.getByText("rejected").waitFor();
	await page.locator(".badge").waitFor({ state: "hidden" });
	events.close();
}
