// A ChatKit store that bobbin keeps: for ChatKit servers in JavaScript.
//
//	const store = new BobbinStore('http://127.0.0.1:8080', token);
//	const context = contextOf(request.headers);
//	await store.saveThread({ id, created_at, metadata: {} }, context);
//
// Threads, items and attachments are plain objects, as ChatKit writes them in
// JSON.  Node.js 18 or later, nothing besides.
import { randomUUID } from 'node:crypto';

const TIMEOUT = 10000;	// milliseconds
const PAUSE = 200;	// before the second try
const AGAIN = [502, 503];
const PREFIXES = {
	thread: 'thr', message: 'msg', tool_call: 'tc', workflow: 'wf',
	task: 'tsk', attachment: 'atc', sdk_hidden_context: 'shcx',
};

export class BobbinError extends Error {
	constructor(status, detail) {
		super(detail);
		this.name = this.constructor.name;
		this.status = status;	// null: there was no answer
	}
}
export class NotFoundError extends BobbinError {}
export class ConflictError extends BobbinError {}

// Of a request that nginx handed over: its owner is known from there and from
// nowhere else.  headers: a Headers, or an object of lower-case names.
export function contextOf(headers) {
	const get = name => (headers.get ? headers.get(name) :
	    headers[name]) ?? undefined;

	return {
		owner: get('x-bobbin-owner'),
		run: get('x-bobbin-run'),
		threadKey: get('x-bobbin-thread-key'),
		authorization: get('authorization'),
	};
}

async function failure(answer) {
	const text = await answer.text();
	let detail = `HTTP status ${answer.status}`;

	try {
		detail = JSON.parse(text).detail ?? detail;
	} catch {
		// not bobbin's
	}
	const Kind = { 404: NotFoundError, 409: ConflictError }[answer.status] ??
	    BobbinError;
	return new Kind(answer.status, detail);
}

export class BobbinStore {
	#base;
	#token;

	// Without a token the user's own is forwarded.
	constructor(baseUrl, token = null) {
		this.#base = baseUrl.replace(/\/+$/, '') + '/chatkit/store/';
		this.#token = token;
	}

	#headers(context) {
		if (this.#token === null)
			return { authorization: context.authorization };
		return {
			authorization: `Bearer ${this.#token}`,
			'x-bobbin-on-behalf-of': context.owner,
			...context.run && { 'x-bobbin-run': context.run },
		};
	}

	async #once(url, options) {
		let answer;

		try {
			answer = await fetch(url, {
				...options,
				signal: AbortSignal.timeout(TIMEOUT),
			});
			if (answer.ok)
				return await answer.text();
		} catch (error) {
			throw new BobbinError(null, `bobbin: ${error.message}`);
		}
		throw await failure(answer);
	}

	// path: its segments, not encoded.
	async #call(method, path, context, { body, query } = {}) {
		const url = new URL(this.#base +
		    path.map(encodeURIComponent).join('/'));
		const options = { method, headers: this.#headers(context) };

		for (const [name, value] of Object.entries(query ?? {}))
			if (value !== undefined && value !== null)
				url.searchParams.set(name, value);
		if (body !== undefined) {
			options.body = JSON.stringify(body);
			options.headers['content-type'] = 'application/json';
		}
		try {
			return await this.#once(url, options);
		} catch (error) {
			if (error.status !== null &&
			    !AGAIN.includes(error.status))
				throw error;
		}
		// Every call can be repeated.
		await new Promise(resolve => setTimeout(resolve, PAUSE));
		return this.#once(url, options);
	}

	async #load(path, context, query) {
		return JSON.parse(await this.#call('GET', path, context,
		    { query }));
	}

	generateId(type) {
		return `${PREFIXES[type] ?? type}_` +
		    randomUUID().replaceAll('-', '');
	}

	loadThread(threadId, context) {
		return this.#load(['threads', threadId], context);
	}

	// A thread's items are saved one by one.
	async saveThread({ items, ...thread }, context) {
		await this.#call('PUT', ['threads', thread.id], context,
		    { body: thread });
	}

	// A page: { data, has_more, after }.
	loadThreads({ limit, after, order } = {}, context) {
		return this.#load(['threads'], context, { limit, after, order });
	}

	async deleteThread(threadId, context) {
		await this.#call('DELETE', ['threads', threadId], context);
	}

	loadThreadItems(threadId, { limit, after, order } = {}, context) {
		return this.#load(['threads', threadId, 'items'], context,
		    { limit, after, order });
	}

	// Never replaces one: ConflictError.
	async addThreadItem(threadId, item, context) {
		await this.#call('POST', ['threads', threadId, 'items'], context,
		    { body: item });
	}

	async saveItem(threadId, item, context) {
		await this.#call('PUT', ['threads', threadId, 'items', item.id],
		    context, { body: item });
	}

	loadItem(threadId, itemId, context) {
		return this.#load(['threads', threadId, 'items', itemId], context);
	}

	async deleteThreadItem(threadId, itemId, context) {
		await this.#call('DELETE', ['threads', threadId, 'items', itemId],
		    context);
	}

	async saveAttachment(attachment, context) {
		await this.#call('PUT', ['attachments', attachment.id], context,
		    { body: attachment });
	}

	loadAttachment(attachmentId, context) {
		return this.#load(['attachments', attachmentId], context);
	}

	async deleteAttachment(attachmentId, context) {
		await this.#call('DELETE', ['attachments', attachmentId], context);
	}
}
