/* quickstart.mjs: the page as the quickstart's links open it. */

const row = (page, text) => page.locator(".row", { hasText: text });

async function open(t)
{
	const page = await t.page();

	await page.goto(process.env.PAGE_LINK);
	await page.locator(".row").first().waitFor();
	t.assert.doesNotMatch(page.url(), /token/);
	return page;
}

export async function alice(t)
{
	const page = await open(t);

	for (const title of ["Prices of our electricity suppliers",
	    "flats", "nurses", "passengers"])
		await row(page, title).waitFor();
	await page.getByText("3 runs").waitFor();
	await row(page, "flats").getByText("6 days ago").waitFor();
	await t.shot(page, "quickstart");
	await row(page, "suppliers").locator("a").click();
	await page.locator(".markdown table").waitFor();
	await page.getByRole("button", { name: "Approve" }).waitFor();
	await page.getByRole("link", { name: "Files" }).click();
	await t.until("drawn", () => page.locator(".tile img").evaluate(
	    e => e.complete && e.naturalWidth > 0));
	await t.go(page, "thread/housing-2024");
	await page.getByText("5 412 flats").waitFor();
	await t.go(page, "approvals");
	await page.locator(".call", { hasText: "send_mail" }).waitFor();
	await t.go(page, "statistics");
	await page.getByRole("img").first().waitFor();
	await t.go(page, "settings");
	await page.getByText("None is stored.").first().waitFor();
}

export async function bob(t)
{
	const page = await open(t);

	await row(page, "wind").waitFor();
	t.assert.equal(await row(page, "suppliers").count(), 0);
	await t.go(page, "approvals");
	await page.locator(".call", { hasText: "rebuild_index" }).waitFor();
	t.assert.equal(await page.getByText("send_mail").count(), 0);
}
