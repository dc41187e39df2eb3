// live.mjs: graphs that LangGraph.js itself runs and stores in PostgreSQL.
//
//	node live.mjs write URL	runs them, then as read
//	node live.mjs read URL	prints what getState() says of each thread
//	node live.mjs go-on URL	one more turn in each, then as read
//	node live.mjs demo URL	the conversations of packaging/demo.sql
import { webcrypto } from "node:crypto";
import {
	AIMessage, HumanMessage, RemoveMessage, SystemMessage, ToolMessage,
} from "@langchain/core/messages";
import {
	Annotation, Command, END, MessagesAnnotation, START, StateGraph,
	interrupt,
} from "@langchain/langgraph";
import { PostgresSaver } from "@langchain/langgraph-checkpoint-postgres";

// Node.js 18, Debian 12's, has it under no name of its own.
globalThis.crypto ??= webcrypto;

let made = 0;			// for ids that are the same in every run
const id = (kind) => `${kind}-${++made}`;

const State = Annotation.Root({
	...MessagesAnnotation.spec,
	turns: Annotation({ reducer: (a, b) => a + b }),
	topic: Annotation(),
});

// The scripted model: a prompt with a colon asks for the tool of that name.
function model({ messages }) {
	const last = messages[messages.length - 1];
	const text = String(last.content);
	if (last.getType() === "tool")
		return say(`It is ${text}.`);
	const [name, rest] = text.split(": ", 2);
	if (rest === undefined)
		return say(`You said „${text}“.`);
	return { messages: [new AIMessage({
		id: id("ai"), content: "",
		tool_calls: [{ name, args: { q: rest, n: 3.5, deep: [null] },
		    id: id("call"), type: "tool_call" }],
	})] };
}

function say(content) {
	return { turns: 1, topic: { words: content.split(" ").length },
	    messages: [new AIMessage({ id: id("ai"), content,
		usage_metadata: { input_tokens: 7, output_tokens: 2,
		    total_tokens: 9 } })] };
}

function tools({ messages }) {
	const call = messages[messages.length - 1].tool_calls[0];
	let content = `${call.args.q} 🦊`;
	if (call.name === "ask")
		content = interrupt({ tool: call.name, args: call.args });
	if (call.name === "break")
		throw new Error("out of order");
	if (call.name === "forget")
		return { messages: [new RemoveMessage({ id: messages[0].id }),
		    answer(call, "forgotten")] };
	return { messages: [answer(call, content)] };
}

function answer(call, content) {
	return new ToolMessage({ id: id("tool"), content, name: call.name,
	    tool_call_id: call.id, artifact: { rows: [1, 2] } });
}

function agent(checkpointer, how = {}) {
	return new StateGraph(State)
	    .addNode("model", model)
	    .addNode("tools", tools)
	    .addEdge(START, "model")
	    .addConditionalEdges("model", ({ messages }) =>
		messages[messages.length - 1].tool_calls?.length > 0 ?
		"tools" : END, ["tools", END])
	    .addEdge("tools", "model")
	    .compile({ checkpointer, ...how });
}

// Two nodes side by side: one has finished, the other waits for a human.
function pair(checkpointer) {
	return new StateGraph(State)
	    .addNode("quick", () => ({ messages: [
		new AIMessage({ id: id("ai"), content: "done already" })] }))
	    .addNode("slow", () => say(interrupt("may I?")))
	    .addEdge(START, "quick")
	    .addEdge(START, "slow")
	    .compile({ checkpointer });
}

const config = (thread_id) => ({ configurable: { thread_id } });
const human = (content) => ({ messages: [
    new HumanMessage({ id: id("human"), content })] });

const threads = {
	async "live-talk"(g, c) {
		await g.invoke({ messages: [new SystemMessage({
		    id: id("system"), content: "Be brief." })] }, c);
		await g.invoke(human("hello"), c);
		await g.invoke(human([{ type: "text", text: "a block" }]), c);
	},
	async "live-tool"(g, c) {
		await g.invoke(human("lookup: flats"), c);
		await g.invoke(human("thanks"), c);
	},
	async "live-removed"(g, c) {
		await g.invoke(human("forget: me"), c);
	},
	async "live-waiting"(g, c) {
		await g.invoke(human("ask: may I"), c);
	},
	async "live-resumed"(g, c) {
		await g.invoke(human("ask: may I"), c);
		await g.invoke(new Command({ resume: "granted" }), c);
	},
	async "live-fork"(g, c) {
		await g.invoke(human("one"), c);
		const at = (await g.getState(c)).config;
		await g.invoke(human("two"), c);
		await g.invoke(human("another two"), at);
	},
	async "live-error"(g, c) {
		await g.invoke(human("break: it"), c).catch(() => {});
	},
	async "live-pair"(g, c) {
		await pair(g.checkpointer).invoke(human("go"), c);
	},
	async "live-stopped"(g, c) {
		await agent(g.checkpointer, { interruptBefore: ["tools"] })
		    .invoke(human("lookup: later"), c);
	},
};
const graph_of = (name, saver) =>
    name === "live-pair" ? pair(saver) : agent(saver);

// A message as the library writes it, without the envelope.
function rest(m) {
	const { kwargs } = JSON.parse(JSON.stringify(m));
	return { ...kwargs, type: m.getType() };
}

async function state(g, c) {
	const s = await g.getState(c);
	const { messages, ...values } = s.values;
	return {
		checkpoint_id: s.config.configurable.checkpoint_id,
		messages: (messages ?? []).map(rest),
		next: s.next,
		interrupts: s.tasks.flatMap((t) => t.interrupts),
		values,
	};
}

async function read(saver) {
	const all = {};
	for (const name of Object.keys(threads))
		all[name] = await state(graph_of(name, saver), config(name));
	console.log(JSON.stringify(all));
}

async function write(saver) {
	for (const [name, run] of Object.entries(threads))
		await run(agent(saver), config(name));
	await read(saver);
}

async function go_on(saver) {
	made = 1000;
	for (const name of Object.keys(threads)) {
		const g = graph_of(name, saver), c = config(name);
		const waits = (await g.getState(c)).tasks.some(
		    (t) => t.interrupts.length > 0);
		await g.invoke(waits ? new Command({ resume: "at last" }) :
		    human("go on"), c);
	}
	await read(saver);
}

// What demo.sql's prompts were answered, as long ago as it says (minutes).
// A step is [what the model says, or a tool's name and arguments].
const DAY = 1440;
const asked = {
	"housing-2024": [
		[6 * DAY + 180, "How many flats were completed in Prague in 2024?",
		    ["query", { table: "flats", region: "Prague", year: 2024 }],
		    "In 2024, 5 412 flats were completed in Prague."],
		[6 * DAY + 175, "And how does that compare with 2023?",
		    ["query", { table: "flats", region: "Prague", year: 2023 }],
		    "It is 8.3 % more than in 2023 (4 997)."],
		[6 * DAY + 160, "Show it by district.",
		    "| District | 2023 | 2024 |\n|---|---|---|\n" +
		    "| Praha 5 | 801 | 934 |\n| Praha 9 | 1 210 | 1 377 |"],
	],
	"wages": [
		[2 * DAY + 300,
		    "What was the median gross monthly wage of nurses last year?",
		    ["query", { table: "wages", job: "nurse" }],
		    "The median was 49 300 CZK a month."],
		[2 * DAY + 290,
		    "I meant hospital nurses only, without allowances.",
		    ["query", { table: "wages", job: "hospital nurse",
			allowances: false }],
		    "For hospital nurses, without allowances: 41 850 CZK."],
	],
	"trains": [
		[180, "Which railway lines carried more passengers than " +
		    "before 2020?",
		    ["approve", { export: "railways.csv", rows: 18240 }]],
	],
	"energy": [
		[4 * DAY, "How much electricity came from wind in the first " +
		    "quarter?",
		    ["query", { table: "power", source: "wind", quarter: 1 }],
		    "Wind gave 214 GWh in the first quarter."],
		[3 * DAY + 1380, "Same for solar, month by month.",
		    "January 61 GWh, February 118 GWh, March 243 GWh."],
	],
	"births": [
		[DAY + 60, "In which regions did more people die than were born?",
		    ["query", { table: "population", sign: "negative" }],
		    "In all but one: only the capital grew."],
	],
};

// The clock of the demo, which demo-checkpoints.sql moves to the day it is loaded.
const NOW = Date.UTC(2026, 0, 1);
const RealDate = Date;
let clock = NOW;
class Clock extends RealDate {
	constructor(...at) {
		super(...(at.length > 0 ? at : [Clock.now()]));
	}
	static now() {
		return clock += 250;
	}
}

// A model that goes through the steps of the prompt at hand.
function scripted(steps) {
	return ({ messages }) => {
		const step = steps[messages.length -
		    messages.findLastIndex((m) => m.getType() === "human") - 1 >> 1];
		return { messages: [new AIMessage(typeof step === "string" ?
		    { id: id("ai"), content: step } :
		    { id: id("ai"), content: "", tool_calls: [{ name: step[0],
			args: step[1], id: id("call"), type: "tool_call" }] })] };
	};
}

function looked_up({ messages }) {
	const call = messages[messages.length - 1].tool_calls[0];
	const content = call.name !== "approve" ? '{"rows":1}' :
	    interrupt({ tool: call.name, args: call.args });
	return { messages: [new ToolMessage({ id: id("tool"), content,
	    name: call.name, tool_call_id: call.id })] };
}

async function demo(saver) {
	globalThis.Date = Clock;
	for (const [thread, prompts] of Object.entries(asked))
		for (const [ago, prompt, ...steps] of prompts) {
			clock = NOW - ago * 60000;
			await new StateGraph(MessagesAnnotation)
			    .addNode("model", scripted(steps))
			    .addNode("tools", looked_up)
			    .addEdge(START, "model")
			    .addConditionalEdges("model", ({ messages }) =>
				messages[messages.length - 1].tool_calls
				    ?.length > 0 ? "tools" : END, ["tools", END])
			    .addEdge("tools", "model")
			    .compile({ checkpointer: saver })
			    .invoke(human(prompt), config(thread));
		}
	globalThis.Date = RealDate;
}

const verbs = { write, read, "go-on": go_on, demo };
const [verb, url] = process.argv.slice(2);
if (verbs[verb] === undefined || url === undefined) {
	console.error("usage: live.mjs write|read|go-on|demo URL");
	process.exit(64);
}
const saver = PostgresSaver.fromConnString(url);
await saver.setup();
await verbs[verb](saver);
await saver.end();
