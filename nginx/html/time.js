/* time.js: when things happened, as one says it. */
import { h } from "./dom.js";

const relative = new Intl.RelativeTimeFormat("en", { numeric: "auto" });
const long = new Intl.DateTimeFormat("en-GB",
	{ dateStyle: "long", timeStyle: "short" });
const short = new Intl.DateTimeFormat("en-GB",
	{ day: "numeric", month: "short", year: "numeric" });
const steps = [[60, "second"], [60, "minute"], [24, "hour"], [7, "day"]];

/* bobbin's times without a zone are UTC. */
export const to_ms = text =>
	Date.parse(/Z$|[+-]\d\d:\d\d$/.test(text) ? text : text + "Z");

/* Orders as time does, to the microsecond: text that compares. */
export const sort_key = text => text === null ? "" :
	text.slice(0, 19) + "." + (/\.(\d+)/.exec(text)?.[1] ?? "")
	.padEnd(6, "0");

function ago(ms, now = Date.now())
{
	let n = (ms - now) / 1000;

	if (Math.abs(n) < 45)
		return "just now";
	for (const [many, unit] of steps) {
		if (Math.abs(n) < many)
			return relative.format(Math.round(n), unit);
		n /= many;
	}
	return short.format(ms);
}

export const moment = ms => long.format(ms);

/* <time> that tick() keeps true. */
export function when(text)
{
	const ms = text ? to_ms(text) : NaN;

	if (Number.isNaN(ms))
		return "";
	return h("time", { datetime: new Date(ms).toISOString(),
		title: long.format(ms) }, ago(ms));
}

export function tick()
{
	for (const e of document.querySelectorAll("time[datetime]")) {
		const text = ago(Date.parse(e.dateTime));

		if (e.textContent !== text)
			e.textContent = text;
	}
}
