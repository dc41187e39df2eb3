// server.mjs: an S3 server on loopback: s3rver, behind the checks it lacks.
//
//	node server.mjs DIR	stores in DIR, writes DIR/port, notes what it
//				was asked in DIR/requests; removes DIR when
//				it, or who started it, ends
//	S3_CORS			the bucket's CORS rules, as XML
import { createHash, createHmac } from "node:crypto";
import fs from "node:fs";
import http from "node:http";
import { createRequire } from "node:module";
import { Readable } from "node:stream";

const require = createRequire(import.meta.url);
const S3rver = require("s3rver");
const { DUMMY_ACCOUNT } = require("s3rver/lib/models/account.js");

const dir = process.argv[2], parent = process.ppid;
const key_id = "S3TESTKEYID", secret = "s3-test-secret/0123456789+abcdef";
DUMMY_ACCOUNT.createKeyPair(key_id, secret);

const s3 = new S3rver({
	directory: `${dir}/store`, silent: true, vhostBuckets: false,
	configureBuckets: [{ name: "bobbin-test",
	    configs: [process.env.S3_CORS].filter(Boolean) }],
});
await s3.configureBuckets();
const serve = s3.callback();

const sha256 = (data, form) =>
    createHash("sha256").update(data).digest(form);
const hmac = (key, data, form) =>
    createHmac("sha256", key).update(data).digest(form);

// What stands in the header or in the query, by the names of the query.
function credentials(req, query) {
	const header = req.headers.authorization;
	if (header === undefined)
		return query.has("X-Amz-Signature") ? Object.fromEntries(query)
		    : null;
	const part = (name) => header.match(`${name}=([^, ]+)`)?.[1] ?? "";
	return {
		"X-Amz-Credential": part("Credential"),
		"X-Amz-SignedHeaders": part("SignedHeaders"),
		"X-Amz-Signature": part("Signature"),
		"X-Amz-Date": req.headers["x-amz-date"],
	};
}

function signature(req, path, raw, c) {
	const names = c["X-Amz-SignedHeaders"].split(";");
	const scope = c["X-Amz-Credential"].split("/").slice(1);
	const request = [
		req.method, path,
		raw.split("&").filter((p) => !p.startsWith("X-Amz-Signature="))
		    .sort().join("&"),
		...names.map((n) => `${n}:${(req.headers[n] ?? "").trim()}`),
		"", names.join(";"),
		req.headers["x-amz-content-sha256"] ?? "UNSIGNED-PAYLOAD",
	].join("\n");
	const text = ["AWS4-HMAC-SHA256", c["X-Amz-Date"], scope.join("/"),
	    sha256(request, "hex")].join("\n");
	return hmac(scope.reduce((key, s) => hmac(key, s), `AWS4${secret}`),
	    text, "hex");
}

// The code of the error, or nothing.
function fault(req, body) {
	const [path, raw = ""] = req.url.split("?");
	const c = credentials(req, new URLSearchParams(raw));
	if (c === null)
		return "AccessDenied";
	if (c["X-Amz-Credential"].split("/")[0] !== key_id)
		return "InvalidAccessKeyId";
	const names = c["X-Amz-SignedHeaders"].split(";");
	if (!["host", ...Object.keys(req.headers).filter((h) =>
	    h.startsWith("x-amz-"))].every((h) => names.includes(h)) ||
	    c["X-Amz-Signature"] !== signature(req, path, raw, c))
		return "SignatureDoesNotMatch";
	const said = req.headers["x-amz-content-sha256"];
	if (said !== undefined && said !== sha256(body, "hex"))
		return "XAmzContentSHA256Mismatch";
	const sum = req.headers["x-amz-checksum-sha256"];
	if (sum !== undefined && sum !== sha256(body, "base64"))
		return "BadDigest";
}

function refuse(res, status, code) {
	res.writeHead(status, { location: "/elsewhere" });
	res.end(`<Error><Code>${code}</Code></Error>`);
}

const kept = ["x-amz-checksum-sha256", "x-amz-content-sha256",
    "x-amz-security-token", "content-length", "expect", "transfer-encoding"];
function note(req) {
	const headers = kept.filter((h) => req.headers[h] !== undefined)
	    .map((h) => `${h}=${req.headers[h]}`);
	fs.appendFileSync(`${dir}/requests`,
	    [req.method, req.url.split("?")[0], ...headers].join(" ") + "\n");
}

const server = http.createServer(async (req, res) => {
	const chunks = [];
	for await (const chunk of req)
		chunks.push(chunk);
	const body = Buffer.concat(chunks);
	note(req);
	// What a test wants instead of S3: a status and a code, once.
	const odd = `${dir}/odd`;
	if (fs.existsSync(odd)) {
		const [status, code] = fs.readFileSync(odd, "utf8").split(" ");
		fs.rmSync(odd);
		return refuse(res, Number(status), code);
	}
	const code = fault(req, body);
	if (code !== undefined)
		return refuse(res, /SHA256|Digest/.test(code) ? 400 : 403,
		    code);
	const { method, url, headers, rawHeaders, httpVersion, socket } = req;
	serve(Object.assign(Readable.from(chunks, { objectMode: false }), {
	    method, url, headers, rawHeaders, httpVersion, socket }), res);
});
server.listen(0, "127.0.0.1", () => {
	fs.writeFileSync(`${dir}/port.new`, String(server.address().port));
	fs.renameSync(`${dir}/port.new`, `${dir}/port`);
});

function end() {
	fs.rmSync(dir, { recursive: true, force: true });
	process.exit(0);
}
for (const sig of ["SIGTERM", "SIGINT", "SIGHUP"])
	process.on(sig, end);
setInterval(() => process.ppid === parent || end(), 1000);
