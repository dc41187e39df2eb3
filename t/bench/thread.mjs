// thread.mjs: a thread of 400 messages, stored and read by LangGraph.js itself.
//
//	node thread.mjs write URL THREAD	100 turns; its prompts
//	node thread.mjs state URL THREAD SECONDS	getState(), over and over
//	node thread.mjs history URL THREAD SECONDS	getStateHistory(), likewise
//
// A THREAD that ends in "answers" has channels prompt and final_answer beside
// its messages; any other has the messages alone.
import { webcrypto } from "node:crypto";
import { AIMessage, HumanMessage, ToolMessage } from
    "@langchain/core/messages";
import { Annotation, END, MessagesAnnotation, START, StateGraph } from
    "@langchain/langgraph";
import { PostgresSaver } from "@langchain/langgraph-checkpoint-postgres";

globalThis.crypto ??= webcrypto;

const TURNS = 100;
const [verb, url, thread_id, seconds] = process.argv.slice(2);
const answers = thread_id.endsWith("answers");
const config = { configurable: { thread_id } };

const prompt = (n) => `How many parcels of order ${n} came back last month, ` +
    "and what did each of them cost us?";
const answer = (n) => `Of order ${n}, three parcels came back last month.  ` +
    "The first cost us 4.20 to take in, the second 3.95, and the third, " +
    "which had been damaged on its way, 17.50 with what we paid for it.";

function model({ messages }) {
	const n = Math.ceil(messages.length / 4), id = `ai-${messages.length}`;
	if (messages[messages.length - 1].getType() === "human")
		return { messages: [new AIMessage({ id, content: "",
		    tool_calls: [{ name: "query", id: `call-${n}`,
			args: { table: "parcels", order: n, returned: true } }],
		})] };
	return { messages: [new AIMessage({ id, content: answer(n) })],
	    ...(answers && { final_answer: answer(n) }) };
}

function tools({ messages }) {
	const [call] = messages[messages.length - 1].tool_calls;
	return { messages: [new ToolMessage({ id: `tool-${messages.length}`,
	    content: JSON.stringify([4.2, 3.95, 17.5].map((cost, i) =>
		({ parcel: i, cost }))), name: call.name,
	    tool_call_id: call.id })] };
}

const saver = PostgresSaver.fromConnString(url);
const graph = new StateGraph(Annotation.Root({ ...MessagesAnnotation.spec,
    ...(answers && { prompt: Annotation(), final_answer: Annotation() }) }))
    .addNode("model", model)
    .addNode("tools", tools)
    .addEdge(START, "model")
    .addConditionalEdges("model", ({ messages }) =>
	messages[messages.length - 1].tool_calls?.length > 0 ? "tools" : END,
	["tools", END])
    .addEdge("tools", "model")
    .compile({ checkpointer: saver });

async function write() {
	await saver.setup();
	for (let n = 1; n <= TURNS; n++) {
		await graph.invoke({ messages: [new HumanMessage({
		    id: `human-${n}`, content: prompt(n) })],
		    ...(answers && { prompt: prompt(n) }) }, config);
		console.log(prompt(n));
	}
}

// What the thread says now.
async function state() {
	const { values } = await graph.getState(config);
	return values.messages.length;
}

// What was asked and answered in it: the last checkpoint of every turn, and
// there is nothing shorter than all of them that tells which those are.
async function history() {
	let turns = 0;
	for await (const { values, next } of graph.getStateHistory(config))
		if (next.length === 0 && values.messages.length === 4 *
		    (TURNS - turns))
			turns++;
	return 4 * turns;
}

// One connection; the first second, in which Node.js warms up, is not counted.
async function time(read) {
	const us = [], now = () => performance.now() * 1000;
	const until = async (end, each) => {
		do {
			const from = now();
			const messages = await each();
			us.push(now() - from);
			if (messages !== 4 * TURNS)
				throw new Error(`${messages} messages`);
		} while (now() < end);
	};
	await until(now() + 1e6, state);
	us.length = 0;
	console.log("WARM");
	const start = now(), cpu = process.cpuUsage();
	await until(start + seconds * 1e6, read);
	const { user, system } = process.cpuUsage(cpu);
	const total = now() - start;
	us.sort((a, b) => a - b);
	console.log("BENCH", ...[us.length, total, us[us.length >> 1],
	    us[Math.floor(us.length * 0.99)], user + system].map(Math.round));
}

await (verb === "write" ? write() : time({ state, history }[verb]));
await saver.end();
