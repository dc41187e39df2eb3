// presign.mjs: what AWS's own library signs: a case a line, tabs between
// endpoint, region, bucket, token, method, key, disposition, type; "-": none.
import fs from "node:fs";
import { GetObjectCommand, HeadObjectCommand, S3Client } from
    "@aws-sdk/client-s3";
import { getSignedUrl } from "@aws-sdk/s3-request-presigner";

const given = (s) => s === "-" ? undefined : s;

// Neither is part of the form that AWS publishes, nor wanted.
const plain = (next) => (args) => {
	delete args.request.query["x-id"];
	delete args.request.headers["x-amz-checksum-mode"];
	return next(args);
};

for (const line of fs.readFileSync(0, "utf8").trimEnd().split("\n")) {
	const [endpoint, region, bucket, token, method, key, disposition, type]
	    = line.split("\t").map(given);
	const client = new S3Client({
		endpoint, region, forcePathStyle: endpoint !== undefined,
		useGlobalEndpoint: region === "us-east-1" ? true : undefined,
		credentials: {
			accessKeyId: process.env.AWS_ACCESS_KEY_ID,
			secretAccessKey: process.env.AWS_SECRET_ACCESS_KEY,
			sessionToken: token,
		},
	});
	client.middlewareStack.add(plain, { step: "build", priority: "low" });
	const Command = method === "HEAD" ? HeadObjectCommand :
	    GetObjectCommand;
	const hash = new Set(["x-amz-content-sha256"]);
	console.log(await getSignedUrl(client, new Command({
		Bucket: bucket, Key: key,
		ResponseContentDisposition: disposition,
		ResponseContentType: type,
	}), {
		expiresIn: Number(process.argv[3]),
		signingDate: new Date(Number(process.argv[2]) * 1000),
		unhoistableHeaders: hash, unsignableHeaders: hash,
	}));
}
