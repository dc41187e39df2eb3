/* statistics.js: runs per day, and how many of the rated were good. */
import { get } from "./api.js";
import { h } from "./dom.js";
import { plot, table } from "./plot.js";
import { to_ms } from "./time.js";

const day_of = new Intl.DateTimeFormat("en-GB",
	{ day: "numeric", month: "short" });

const midnight = ms => new Date(ms).setHours(0, 0, 0, 0);

/* [{ at, runs, good, rated }], one for each of the last days. */
function days_of(all, days, now = Date.now())
{
	const out = [];
	const at = new Date(midnight(now));

	at.setDate(at.getDate() - days + 1);
	for (let i = 0; i < days; i++) {
		out.push({ at: at.getTime(), runs: 0, good: 0, rated: 0 });
		at.setDate(at.getDate() + 1);
	}
	const by_day = new Map(out.map(d => [d.at, d]));

	for (const [thread, runs] of Object.entries(all.runIds)) {
		for (const { run_id, timestamp } of runs) {
			const d = timestamp &&
			    by_day.get(midnight(to_ms(timestamp)));
			const value = all.sentiments[thread]?.[run_id];

			if (!d)
				continue;
			d.runs++;
			if (typeof value === "boolean") {
				d.rated++;
				d.good += value;
			}
		}
	}
	return out;
}

const percent = d => d.rated === 0 ? null :
	Math.round(100 * d.good / d.rated);

function draw(all, days, box)
{
	const list = days_of(all, days);
	const sum = key => list.reduce((n, d) => n + d[key], 0);
	const runs = sum("runs"), rated = sum("rated"), good = sum("good");
	const share = rated === 0 ? null : Math.round(100 * good / rated);
	const label = d => day_of.format(d.at);

	box.replaceChildren(
	    h("dl.tiles", {}, [["Threads",
		    Object.keys(all.runIds).length.toLocaleString()],
		["Runs", runs.toLocaleString()],
		["Rated", rated.toLocaleString()],
		["Good", share === null ? "–" : share + " %"]]
		.map(([what, n]) => h("div", {}, h("dt", {}, what),
		    h("dd", {}, n)))),
	    plot("Runs per day", runs + " runs in " + days + " days.",
		list.map(d => ({ label: label(d), value: d.runs,
		    title: label(d) + ": " + d.runs }))),
	    plot("Share of good ratings", rated === 0 ?
		"Nothing was rated in these days." : good + " of " + rated +
		" ratings are good.", list.map(d => ({ label: label(d),
		    value: percent(d), title: label(d) + ": " + percent(d) +
		    " % of " + d.rated })), { percent: true }),
	    table("Runs and ratings per day",
		["Day", "Runs", "Rated", "Good"],
		list.filter(d => d.runs > 0).reverse()
		.map(d => [label(d), d.runs, d.rated, d.good])));
}

export async function open()
{
	const control = new AbortController();
	const box = h("div", {}, h("p.muted", { role: "status" },
	    "Reading all runs…"));
	const which = h("select", { id: "days", onchange: () => show() },
	    [[30, "30 days"], [90, "90 days"], [365, "a year"]]
	    .map(([n, text]) => h("option", { value: n }, text)));
	let all = null;
	const show = () => all && draw(all, Number(which.value), box);

	get("/chat/all-messages-for-all-threads", { signal: control.signal })
	    .then(body => {
		all = body;
		show();
	    }).catch(e => {
		if (e.name !== "AbortError")
			box.replaceChildren(h("p", { role: "alert" },
			    e.message));
	    });
	return { title: "Statistics", close: () => control.abort(),
	    root: h("section.page", { "aria-labelledby": "title" },
		h("div.page-head", {},
		    h("h1", { id: "title", tabindex: -1 }, "Statistics"),
		    h("label", { for: "days" }, "The last "), which),
		box) };
}
