/* actions.js: what can be done with a thread, wherever it is shown. */
import { ask, failed, menu } from "./dom.js";
import { change_thread, delete_thread, set_archived, title_of }
    from "./threads.js";

async function rename(t)
{
	const title = await ask("Rename thread", "Title", title_of(t));

	if (title !== null && title.trim() !== "" && title !== t.title)
		await change_thread(t, { title: title.trim() }, "Renamed");
}

function leave(t)
{
	if (location.hash.startsWith("#/thread/" +
	    encodeURIComponent(t.thread_id)))
		location.hash = "#/";
}

async function download(t, how)
{
	try {
		const { export_thread } = await import("./export.js");

		await export_thread(t, how);
	} catch (e) {
		failed(e);
	}
}

export function thread_menu(opener, t)
{
	menu(opener, [
	    ["pen", "Rename…", () => rename(t)],
	    ["archive", t.archived_at === null ? "Archive" :
		"Take out of the archive",
		() => set_archived(t, t.archived_at === null)],
	    ["down", "Export as Markdown", () => download(t, "markdown")],
	    ["down", "Export as JSON", () => download(t, "json")],
	    ["trash", "Delete", () => {
		delete_thread(t);
		leave(t);
	    }],
	]);
}
