/* bucket.mjs: files that have moved to S3. */
import { readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";

const bucket = process.env.PAGE_S3;
const png = Buffer.from("iVBORw0KGgoAAAANSUhEUgAAAAIAAAACCAIAAAD91JpzAAAAFk" +
	"lEQVR4nGMQjy37z8DA8J+BgeE/AwAmCAUB9pnrhwAAAABJRU5ErkJggg==", "base64");
const html = "<h1>Report</h1><script>parent.hacked = 1; document.body" +
	".append('RAN')</script>";
const files = [["dot.png", "image/png", png], ["report.html", "text/html",
	html], ["prices.csv", "text/csv", "a,b\n1,2\n"]];

/* Uploads them, and waits until each is in the bucket alone. */
async function moved(t, id)
{
	const { conversation_id } = await t.api("alice", "POST",
	    "/api/v1/threads", { thread_id: id });
	const auth = { Authorization: "Bearer " + t.token_of("alice") };

	for (const [name, type, bytes] of files) {
		const form = new FormData();

		form.append("file", new Blob([bytes], { type }), name);
		const res = await fetch(t.url + "/api/threads/" +
		    conversation_id + "/artifacts", { method: "POST",
		    headers: auth, body: form });
		const { url } = await res.json();

		t.assert.equal(res.status, 201);
		await t.until("moved", async () => (await fetch(t.url + url,
		    { redirect: "manual" })).status === 307);
	}
}

export async function unnamed(t)
{
	const tile = name => page.locator(".tile", { hasText: name });

	t.expect(/Content Security Policy|violates/);
	t.allow(bucket);
	await moved(t, "unnamed");
	const page = await t.as("alice", "thread/unnamed/files");

	await tile("dot.png").waitFor();
	/* The icon of a file instead. */
	await tile("dot.png").locator(".face svg").waitFor();
	await page.getByRole("button", { name: "Preview prices.csv" }).click();
	await page.getByText("cannot be read from where it lies").waitFor();
	/* A download is no part of the page. */
	await page.keyboard.press("Escape");
	await download(t, page);
}

async function download(t, page)
{
	const [file] = await Promise.all([page.waitForEvent("download"),
	    page.getByRole("button", { name: "Download prices.csv" })
	    .click()]);

	t.assert.equal(file.suggestedFilename(), "prices.csv");
	t.assert.equal(await readFile(await file.path(), "utf8"),
	    "a,b\n1,2\n");
}

export async function named(t)
{
	t.allow(bucket);
	/* A file's page runs nothing, and says so. */
	t.expect(/sandboxed/);
	await moved(t, "named");
	const page = await t.as("alice", "thread/named/files");
	const image = page.locator(".tile", { hasText: "dot.png" })
	    .locator("img");

	await t.until("drawn", () => image.evaluate(
	    e => e.complete && e.naturalWidth === 2));
	await page.getByRole("button", { name: "Preview report.html" }).click();
	const frame = page.frameLocator("iframe");

	await frame.getByText("Report").waitFor();
	t.assert.equal(await frame.getByText("RAN").count(), 0);
	t.assert.equal(await page.evaluate(() => window.hacked), undefined);
	await page.keyboard.press("Escape");
	await page.getByRole("button", { name: "Preview prices.csv" }).click();
	await page.locator("dialog").getByText("1,2").waitFor();
	await t.shot(page, "bucket");
	await page.keyboard.press("Escape");
	await download(t, page);
	t.assert.match(readFileSync(process.env.PAGE_S3_DIR + "/requests",
	    "utf8"), /^GET /m);
	/* Only files come from there: nothing of ours is told to it. */
	for (const { request } of t.requests)
		if (new URL(request.url()).origin === bucket)
			t.assert.ok(!request.headers().authorization &&
			    !request.headers().referer?.includes("token"));
}
