const base="/work/wt/engine/test/";
const { createTables } = await import(base+"contract/dynamodb/second-opinion.ts");
const { startDynamoServer } = await import(base+"fixtures/runtime/dynamo-server.ts");
const { startDynoxide } = await import(base+"fixtures/runtime/dynoxide.ts");
const { startDynamoDbLocal } = await import(base+"deployed/emulators/dynamodb-local.ts");
const local = await startDynamoDbLocal(); const dx = await startDynoxide(); const ours = await startDynamoServer();
const H = { "content-type": "application/x-amz-json-1.0", "x-amz-date": "20260101T000000Z", authorization: "AWS4-HMAC-SHA256 Credential=local/20260101/eu-central-1/dynamodb/aws4_request, SignedHeaders=host;x-amz-date, Signature=0" };
const all = { local, dynoxide: dx, ours };
for (const t of Object.values(all)) await createTables(t.endpoint);
for (const [op, body] of JSON.parse(await (await import("node:fs/promises")).readFile(process.argv[2], "utf8"))) {
  console.log("##", op, JSON.stringify(body));
  for (const [name, t] of Object.entries(all)) { const r = await fetch(t.endpoint, { method: "POST", headers: { ...H, "x-amz-target": "DynamoDB_20120810." + op }, body: JSON.stringify(body) }); console.log("  ", name.padEnd(9), r.status, (await r.text()).slice(0, 400)); }
}
await ours.stop(); await dx.stop(); await local[Symbol.asyncDispose](); process.exit(0);
