/*
 * session.js: who uses this tab.  A token lives in this tab's sessionStorage
 * and nowhere else; without one, a proxy in front may know the user.
 */
const KEY = "bobbin.token";

let memory = null;	/* where storage is forbidden */
const PLACE = "bobbin.place";
const watchers = new Set();

export const session = {
	/* null: no token; requests go without Authorization. */
	get token() {
		try {
			return sessionStorage.getItem(KEY);
		} catch {
			return memory;
		}
	},
	get email() {
		return claims(session.token)?.email ?? null;
	},
	/* In ms; null if there is no token or it does not say. */
	get expires() {
		const exp = claims(session.token)?.exp;

		return typeof exp === "number" ? exp * 1000 : null;
	},
	set(token) {
		memory = token;
		try {
			if (token === null)
				sessionStorage.removeItem(KEY);
			else
				sessionStorage.setItem(KEY, token);
		} catch {
			/* this page only */
		}
	},
};

/* Only to show and compare: the server alone judges a token. */
function claims(token)
{
	try {
		const part = token.split(".")[1].replace(/-/g, "+")
		    .replace(/_/g, "/");
		const bytes = Uint8Array.from(atob(part), c => c.charCodeAt(0));

		return JSON.parse(new TextDecoder().decode(bytes));
	} catch {
		return null;
	}
}

export const email_of = token => claims(token)?.email ?? null;

/*
 * The token of a link, #token=…, once: it leaves the address bar and the
 * history before anything else happens.
 */
export function token_of_link()
{
	const hash = new URLSearchParams(location.hash.slice(1));
	const token = hash.get("token");

	if (token === null)
		return null;
	history.replaceState(null, "", location.pathname + location.search);
	return token.trim() || null;
}

/* A proxy signs people in on pages of its own: back to the same place. */
export function leave_to_sign_in()
{
	try {
		sessionStorage.setItem(PLACE, location.hash);
	} catch {
		/* back to the start */
	}
	location.reload();
}

export function come_back()
{
	try {
		const place = sessionStorage.getItem(PLACE);

		sessionStorage.removeItem(PLACE);
		if (place && location.hash === "")
			history.replaceState(null, "", place);
	} catch {
		/* nothing was kept */
	}
}

/* fn(why) is called when the server no longer takes who we are. */
export function on_signed_out(fn)
{
	watchers.add(fn);
}

export function signed_out(why)
{
	for (const fn of watchers)
		fn(why);
}
