/* proxy.mjs: the page behind the example's proxy, which signs people in. */
import { readFileSync, rmSync, writeFileSync } from "node:fs";

const base = process.env.PAGE_BASE;
const dir = process.env.PAGE_TOKENS;
const row = (page, text) => page.locator(".row", { hasText: text });
const fresh = (t, context) => t.page({ base, context,
	ignoreHTTPSErrors: true });

async function enter(page, who, where = "/")
{
	await page.goto(base + where);
	await page.getByRole("link", { name: who }).click();
	await page.locator("header.bar").waitFor();
}

const session_of = who => dir + "/session." + who;
const file = { name: "dot.png", mimeType: "image/png", buffer: Buffer.from(
	"iVBORw0KGgoAAAANSUhEUgAAAAIAAAACCAIAAAD91JpzAAAAFklEQVR4nGMQjy37z8DA" +
	"8J+BgeE/AwAmCAUB9pnrhwAAAABJRU5ErkJggg==", "base64") };

export async function signs_in(t)
{
	const page = await fresh(t);

	/* Nothing of the page is there before. */
	await page.goto(base + "/");
	await page.getByRole("heading", { name: "Who are you?" }).waitFor();
	await page.getByRole("link", { name: "alice" }).click();
	await row(page, "flats").first().waitFor();
	t.assert.equal(await page.evaluate(() => sessionStorage.length), 0);
	t.assert.ok(t.requests.every(r =>
	    r.request.headers().authorization === undefined));
	t.assert.equal(await page.evaluate(() => document.cookie), "");

	/* Streams pass, and files with their pictures. */
	await t.api("alice", "POST", "/chat/proxied/runs",
	    { prompt: "Told through the proxy" });
	await row(page, "Told through the proxy").waitFor();
	await t.go(page, "thread/proxied/files");
	await page.getByText("No files yet.").waitFor();
	await page.locator("input[type=file]").setInputFiles(file);
	await t.until("drawn", () => page.locator(".tile img")
	    .evaluate(e => e.complete && e.naturalWidth === 2));
	const [down] = await Promise.all([page.waitForEvent("download"),
	    page.getByRole("button", { name: "Download dot.png" }).click()]);
	t.assert.deepEqual(readFileSync(await down.path()), file.buffer);
	await t.go(page, "settings");
	await page.getByText("A proxy in front of this page").waitFor();
	await t.shot(page, "proxy");

	await page.getByRole("button", { name: "Sign out" }).click();
	await page.getByRole("heading", { name: "Who are you?" }).waitFor();
	t.assert.equal((await page.context().cookies()).length, 0);
	await page.goto(base + "/");
	await page.getByRole("heading", { name: "Who are you?" }).waitFor();
}

export async function two_people(t)
{
	const alice = await fresh(t), bob = await fresh(t);

	await enter(alice, "alice");
	await enter(bob, "bob");
	await row(alice, "flats").first().waitFor();
	await row(bob, "wind").waitFor();
	t.assert.equal(await row(alice, "wind").count(), 0);
	t.assert.equal(await row(bob, "flats").count(), 0);
	t.expect(/40[14]/);	/* 401: asked while it signed out */
	await t.go(bob, "thread/housing-2024");
	await bob.getByText("Thread not found").waitFor();
	/* One person after the other in one browser. */
	await alice.getByRole("button", { name: "Sign out" }).click();
	await alice.getByRole("link", { name: "bob" }).click();
	await row(alice, "wind").waitFor();
	t.assert.equal(await row(alice, "flats").count(), 0);
}

export async function ends(t)
{
	const page = await fresh(t);

	t.expect(/401/);
	await enter(page, "alice");
	await row(page, "flats").first().click();
	await page.locator(".turn").first().waitFor();
	const place = page.url();

	rmSync(session_of("alice"));
	await page.getByRole("button", { name: "Good answer" }).last().click();
	await page.getByText("Your sign-in has expired").waitFor();
	await t.shot(page, "proxy-ended");
	await page.getByRole("button", { name: "Sign in with the proxy" })
	    .click();
	await page.getByRole("link", { name: "alice" }).click();
	/* Where one was. */
	await page.locator(".turn").first().waitFor();
	t.assert.equal(page.url(), place);
	t.assert.equal(await page.evaluate(() => sessionStorage.length), 0);
}

export async function stream(t)
{
	const page = await fresh(t);

	t.expect(/401|ERR_/);
	await enter(page, "alice");
	await row(page, "flats").first().waitFor();
	rmSync(session_of("alice"));
	writeFileSync(dir + "/cut", "");
	await page.getByText("Your sign-in has expired").waitFor();
	rmSync(dir + "/cut");
}

/* Headers that a proxy, or an agent, might be believed. */
const false_ones = token => ({
	Authorization: "Bearer " + token,
	"X-Forwarded-User": "bob", "X-Forwarded-Email": "bob@example.com",
	"X-Forwarded-Preferred-Username": "bob",
	"X-Forwarded-Groups": "bobbin:admin",
	"X-Forwarded-Access-Token": token,
	"X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "http",
	"X-Forwarded-For": "203.0.113.9", "X-Real-IP": "203.0.113.9",
	"X-Forwarded-Uri": "/oauth2/evil",
	"X-Auth-Request-Redirect": "https://evil.example/",
	"X-Bobbin-Owner": "bob@example.com",
	"X-Accel-Redirect": "/_bobbin/files/x",
});

export async function smuggles(t)
{
	const page = await fresh(t);
	const ask = headers => page.evaluate(async h => {
		const res = await fetch("/chat-threads?limit=50", {
		    headers: h });

		return { status: res.status, text: await res.text() };
	}, headers);
	const heads = () => readFileSync(dir + "/oauth2.seen", "utf8")
	    .split("\r\n\r\n");

	t.expect(/401|403/);
	await enter(page, "alice");
	await row(page, "flats").first().waitFor();
	const own = await ask({});

	t.assert.equal(own.status, 200);
	t.assert.match(own.text, /flats/);
	t.assert.deepEqual(await ask(false_ones(t.token_of("bob"))), own);
	/* What an agent may say does not count from a user. */
	const acting = await ask({ "X-Bobbin-On-Behalf-Of":
	    "bob@example.com" });
	t.assert.ok(acting.status === 403 || acting.text === own.text,
	    acting.text);
	t.assert.doesNotMatch(acting.text, /wind/);

	const head = heads().findLast(h => /authorization: bearer/i.test(h));
	const sent = Object.fromEntries(head.split("\r\n").slice(1)
	    .map(s => [s.split(": ")[0].toLowerCase(),
		s.slice(s.indexOf(": ") + 2)]));

	t.assert.deepEqual(Object.keys(sent).filter(k =>
	    /^x-(forwarded-(user|email|groups|preferred|access)|auth-)/
	    .test(k)), []);
	for (const [key, want] of [["host", "bobbin.example.com"],
	    ["x-forwarded-host", "bobbin.example.com"],
	    ["x-forwarded-proto", "https"], ["x-forwarded-for", "127.0.0.1"],
	    ["x-real-ip", "127.0.0.1"],
	    ["x-forwarded-uri", "/chat-threads?limit=50"]])
		t.assert.equal(sent[key], want, key);

	/* Without a session none of it opens anything. */
	rmSync(session_of("alice"));
	t.assert.equal((await ask(false_ones(t.token_of("bob")))).status, 401);
	t.assert.equal(await page.evaluate(async h => (await fetch("/", {
	    headers: h, redirect: "manual" })).type,
	    false_ones(t.token_of("bob"))), "opaqueredirect");
}
