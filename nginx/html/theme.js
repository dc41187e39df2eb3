/* theme.js: the chosen colours, before the first paint. */
"use strict";

{
	let choice = null;

	try {
		choice = localStorage.getItem("bobbin.theme");
	} catch {
		/* no storage: the system's colours */
	}
	if (choice === "light" || choice === "dark")
		document.documentElement.dataset.theme = choice;
}
