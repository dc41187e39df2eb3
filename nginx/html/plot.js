/* plot.js: bars and a line, with the numbers as a table beside. */
import { h } from "./dom.js";

const NS = "http://www.w3.org/2000/svg";
const H = 200, LEFT = 36, BELOW = 24, TOP = 10;

function s(tag, props, ...children)
{
	const e = document.createElementNS(NS, tag);

	for (const [key, value] of Object.entries(props))
		e.setAttribute(key, value);
	e.append(...children);
	return e;
}

/* The steps of an axis that ends at or above max. */
function steps(max)
{
	const raw = Math.max(1, max) / 4;
	const ten = 10 ** Math.floor(Math.log10(raw));
	const step = Math.max(1, [1, 2, 5, 10].find(n => n * ten >= raw) * ten);

	return Array.from({ length: Math.ceil(Math.max(1, max) / step) + 1 },
	    (_, i) => i * step);
}

/*
 * points: [{ label, value (null: none), title }]; percent: the axis ends at
 * 100 and the values are joined by a line.
 */
export function plot(title, summary, points, { percent = false } = {})
{
	const W = innerWidth < 640 ? 320 : 720;
	const max = percent ? 100 :
	    Math.max(...points.map(p => p.value ?? 0));
	const axis = percent ? [0, 25, 50, 75, 100] : steps(max);
	const top = axis.at(-1);
	const each = (W - LEFT) / points.length;
	const x = i => LEFT + each * (i + 0.5);
	const y = v => TOP + (H - BELOW - TOP) * (1 - v / top);
	const svg = s("svg", { viewBox: `0 0 ${W} ${H}`, role: "img",
	    class: "plot", "aria-label": title + ". " + summary });
	const every = Math.ceil(points.length / (W / 100));
	let path = "", pen = "M";

	for (const v of axis)
		svg.append(s("line", { x1: LEFT, x2: W, y1: y(v), y2: y(v),
		    class: "grid" }), s("text", { x: LEFT - 6, y: y(v) + 4,
		    "text-anchor": "end" }, percent ? v + "%" : v));
	points.forEach((p, i) => {
		if (i % every === 0)
			svg.append(s("text", { x: x(i), y: H - 6,
			    "text-anchor": "middle" }, p.label));
		if (p.value === null)
			return;
		if (percent) {
			path += pen + x(i) + " " + y(p.value);
			pen = "L";
			svg.append(s("circle", { cx: x(i), cy: y(p.value), r: 4,
			    class: "dot" }, s("title", {}, p.title)));
		} else if (p.value > 0) {
			svg.append(s("rect", { x: x(i) - each * 0.36,
			    y: y(p.value), width: each * 0.72,
			    height: y(0) - y(p.value), class: "bar-of" },
			    s("title", {}, p.title)));
		}
	});
	if (path !== "")
		svg.insertBefore(s("path", { d: path, class: "line-of" }),
		    svg.querySelector("circle"));
	return h("figure", {}, h("figcaption", {}, h("h2", {}, title),
	    h("p.muted", {}, summary)), svg);
}

export const table = (caption, head, rows) => h("details.fold", {},
	h("summary", {}, "The numbers as a table"),
	h("div.wide", { tabindex: 0, role: "group", "aria-label": caption },
	    h("table", {}, h("caption", {}, caption),
		h("thead", {}, h("tr", {},
		    head.map(c => h("th", { scope: "col" }, c)))),
		h("tbody", {}, rows.map(row => h("tr", {}, row.map((c, i) =>
		    i === 0 ? h("th", { scope: "row" }, c) :
		    h("td", {}, c))))))));
