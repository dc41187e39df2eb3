/* statistics.js: runs per day, and how many of the rated were good. */
import { get, query } from "./api.js";
import { h } from "./dom.js";
import { plot, table } from "./plot.js";

/* Days are dates already, of the clock that was asked for. */
const day_of = new Intl.DateTimeFormat("en-GB",
	{ day: "numeric", month: "short", timeZone: "UTC" });

/* Minutes that the clock here is ahead of UTC, as it stands today. */
const ahead = () => -new Date().getTimezoneOffset();

const clock = minutes => "UTC" + (minutes < 0 ? "−" : "+") +
	String(Math.trunc(Math.abs(minutes) / 60)).padStart(2, "0") + ":" +
	String(Math.abs(minutes) % 60).padStart(2, "0");

const percent = (good, rated) => rated === 0 ? null :
	Math.round(100 * good / rated);

function draw({ days, totals }, tz, box)
{
	const list = days.map(d => ({ ...d,
	    label: day_of.format(Date.parse(d.day)),
	    rated: d.positive + d.negative,
	    share: percent(d.positive, d.positive + d.negative) }));
	const share = percent(totals.positive, totals.rated);

	box.replaceChildren(
	    h("dl.tiles", {}, [["Threads", totals.threads.toLocaleString()],
		["Runs", totals.runs.toLocaleString()],
		["Rated", totals.rated.toLocaleString()],
		["Good", share === null ? "–" : share + " %"]]
		.map(([what, n]) => h("div", {}, h("dt", {}, what),
		    h("dd", {}, n)))),
	    plot("Runs per day", (totals.runs === 1 ? "1 run" :
		totals.runs + " runs") + " in " + days.length + " days.",
		list.map(d => ({ label: d.label, value: d.runs,
		    title: d.label + ": " + d.runs }))),
	    plot("Share of good ratings", totals.rated === 0 ?
		"Nothing was rated in these days." : totals.positive + " of " +
		totals.rated + " ratings are good.",
		list.map(d => ({ label: d.label, value: d.share,
		    title: d.label + ": " + d.share + " % of " + d.rated })),
		{ percent: true }),
	    table("Runs and ratings per day",
		["Day", "Runs", "Rated", "Good"],
		list.filter(d => d.runs > 0).reverse()
		.map(d => [d.label, d.runs, d.rated, d.positive])),
	    h("p.muted", {}, "Days begin at midnight, " + clock(tz) + "."));
}

export async function open()
{
	const box = h("div", {}, h("p.muted", { role: "status" },
	    "Counting…"));
	const which = h("select", { id: "days", onchange: () => show() },
	    [[30, "30 days"], [90, "90 days"], [365, "a year"]]
	    .map(([n, text]) => h("option", { value: n }, text)));
	let control = new AbortController();

	/* Only what was asked for last is shown. */
	async function show()
	{
		const tz = ahead();

		control.abort();
		control = new AbortController();
		try {
			draw(await get("/statistics?" + query({
			    days: which.value, tz }),
			    { signal: control.signal }), tz, box);
		} catch (e) {
			if (e.name !== "AbortError")
				box.replaceChildren(h("p", { role: "alert" },
				    e.message));
		}
	}

	show();
	return { title: "Statistics", close: () => control.abort(),
	    root: h("section.page", { "aria-labelledby": "title" },
		h("div.page-head", {},
		    h("h1", { id: "title", tabindex: -1 }, "Statistics"),
		    h("label", { for: "days" }, "The last "), which),
		box) };
}
