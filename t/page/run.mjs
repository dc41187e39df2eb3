/*
 * run.mjs: run.mjs FILE SCENARIO runs one exported function of FILE.mjs with a
 * browser of its own; see lib.sh.
 */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { chromium } from "playwright-core";

const url = process.env.PAGE_URL;
const [file, scenario] = process.argv.slice(2);

const expected = [];		/* on the console, by a scenario */
const faults = [];
const requests = [];
const elsewhere = new Set();	/* origins that a scenario allows */
const open = new Set();		/* requests, besides streams */

const token_of = who =>
	readFileSync(process.env.PAGE_TOKENS + "/token." + who, "utf8").trim();

function watch(page, origin)
{
	page.on("console", m => {
		const text = m.text() + " " + m.location().url;
		const at = expected.findIndex(e => e.test(text));

		if (m.type() !== "error" && m.type() !== "warning")
			return;
		if (at < 0)
			faults.push("console: " + text);
	});
	for (const end of ["requestfinished", "requestfailed"])
		page.on(end, r => open.delete(r));
	page.on("pageerror", e => faults.push("exception: " + e.stack));
	page.on("request", r => {
		const to = new URL(r.url());

		if (to.protocol === "blob:" || to.protocol === "data:")
			return;
		requests.push({ method: r.method(), url: to.pathname +
		    to.search, page, request: r });
		if (to.pathname !== "/api/v1/events")
			open.add(r);
		if (!elsewhere.has(to.origin) && to.origin !== origin)
			faults.push("request outside: " + r.url());
	});
}

/* Whether nothing moves; two frames later. */
const still = page => page.evaluate(() => new Promise(done =>
	requestAnimationFrame(() => requestAnimationFrame(() =>
	done(document.getAnimations().every(a => a.playState === "finished" ||
	a.effect.getComputedTiming().endTime === Infinity))))));

const browser = await chromium.launch({
	executablePath: process.env.PAGE_CHROMIUM ?? "/usr/bin/chromium",
	args: ["--no-sandbox", "--disable-dev-shm-usage",
	    ...JSON.parse(process.env.PAGE_ARGS ?? "[]")],
});

export const t = {
	assert, browser, requests, token_of, url,
	expect: pattern => expected.push(pattern),
	allow: origin => elsewhere.add(origin),

	/* A page of nobody; in a browser of its own if no context is given. */
	async page({ base = url, context, ...options } = {}) {
		context ??= await browser.newContext({
		    viewport: { width: 1280, height: 800 }, ...options });
		const page = await context.newPage();

		page.setDefaultTimeout(15000);
		watch(page, new URL(base).origin);
		return page;
	},

	/* A page that opened the link of the quickstart. */
	async as(who, where = "", options = {}) {
		const page = await t.page(options);

		await page.goto(url + "/#token=" + token_of(who));
		await page.locator("header.bar").waitFor();
		if (where !== "")
			await t.go(page, where);
		return page;
	},

	go: (page, where) => page.evaluate(
	    hash => { location.hash = hash; }, "#/" + where),

	async shot(page, name)
	{
		await t.until("still", () => still(page));
		await page.screenshot({ path: process.env.PAGE_SHOTS + "/" +
		    name + ".png" });
	},

	/* An agent for somebody whose token is there. */
	act: (who, path, body) => t.api("agent", "POST", path, body,
	    JSON.parse(atob(t.token_of(who).split(".")[1]
	    .replace(/-/g, "+").replace(/_/g, "/"))).email),

	/* The API beside the page: another client of the same user. */
	async api(who, method, path, body, owner) {
		const res = await fetch(url + path, { method, headers: {
		    Authorization: "Bearer " + token_of(who),
		    ...(body !== undefined &&
			{ "Content-Type": "application/json" }),
		    ...(owner && { "X-Bobbin-On-Behalf-Of":
			owner.includes("@") ? owner :
			    owner + "@example.com" }) },
		    body: body === undefined ? undefined :
			JSON.stringify(body) });
		const text = await res.text();

		assert.ok(res.ok, method + " " + path + ": " + res.status +
		    " " + text.slice(0, 300));
		return text === "" ? null : JSON.parse(text);
	},

	/* Nothing is asked for any more, nor moves. */
	settled: page => t.until("settled", async () => open.size === 0 &&
	    await still(page) && open.size === 0),

	/* Until fn() is true; says what it was about. */
	async until(why, fn, patience = 15000) {
		const end = Date.now() + patience;

		while (!await fn()) {
			assert.ok(Date.now() < end, "not " + why);
			await new Promise(done => setTimeout(done, 50));
		}
	},
};

let status = 0;

try {
	const all = await import("./" + file + ".mjs");

	await all[scenario](t);
	assert.deepEqual(faults, []);
} catch (e) {
	console.error(e.stack);
	for (const fault of faults)
		console.error(fault);
	for (const [i, context] of browser.contexts().entries())
		for (const page of context.pages())
			await page.screenshot({ path: process.env.PAGE_SHOTS +
			    `/failed-${scenario}-${i}.png` }).catch(() => {});
	status = 1;
}
await browser.close();
process.exit(status);
