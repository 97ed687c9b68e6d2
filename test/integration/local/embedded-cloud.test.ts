import { GetObjectCommand, ListObjectsV2Command, S3Client } from "@aws-sdk/client-s3";
import { DescribeExecutionCommand, SFNClient, StartExecutionCommand } from "@aws-sdk/client-sfn";
import { ReceiveMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Cloud } from "../../../infra/local/cloud.ts";
import { startCloud } from "../../../infra/local/cloud.ts";
import { synthesizeMiniApp } from "./mini-app/assembly.ts";
import { startPeer } from "../scripted-peer.ts";
import { eventually } from "./eventually.ts";

const directory = mkdtempSync(join(tmpdir(), "mini-app-"));
const credentials = { accessKeyId: "local", secretAccessKey: "local" };
let assemblyDir: string;
let cloud: Cloud;

const output = (name: string): string => cloud.outputs["Logic"]?.[name] ?? "";
const api = (path: string): string => `${cloud.apiUrls["mini"] ?? ""}/prod${path}`;
const start = (): Promise<Cloud> => startCloud({ assemblyDir, stateDir: join(directory, "state") });
const client = (): { endpoint: string; region: string; credentials: typeof credentials } => ({
  endpoint: cloud.endpoint,
  region: cloud.region,
  credentials,
});

beforeAll(async () => {
  assemblyDir = synthesizeMiniApp({ directory });
  cloud = await start();
});
afterAll(async () => {
  await cloud.stop();
  rmSync(directory, { recursive: true, force: true });
});

const archived = async (): Promise<string[]> => {
  const s3 = new S3Client({ ...client(), endpoint: cloud.environment["AWS_ENDPOINT_URL_S3"] ?? "" });
  const { Contents } = await s3.send(new ListObjectsV2Command({ Bucket: output("BucketName"), Prefix: "items/" }));
  return (Contents ?? []).map(({ Key }) => Key ?? "").sort();
};

describe("the embedded cloud", () => {
  it("refuses a template that AWS would refuse, before anything is made", async () => {
    const refused = join(directory, "refused");
    cpSync(assemblyDir, refused, { recursive: true });
    const file = join(refused, "Logic.template.json");
    writeFileSync(file, readFileSync(file, "utf8").replace(/"BatchSize": ?\d+/, '"BatchSize": 0'));
    await expect(startCloud({ assemblyDir: refused, stateDir: join(directory, "none") })).rejects.toThrow(
      /AWS would refuse these templates:\nLogic\/\w+: mapping: BatchSize in range: BatchSize is 1 to 10000/,
    );
  });

  it("carries an item from the API through table, stream, bus, rule and queue to a bucket", async () => {
    const reply = await fetch(api("/items/a%20b"), { method: "PUT", body: "hello" });
    expect(reply.status).toBe(202);
    await eventually(async () => expect(await archived()).toEqual(["items/a%20b.json"]));
    const s3 = new S3Client({ ...client(), endpoint: cloud.environment["AWS_ENDPOINT_URL_S3"] ?? "" });
    const object = await s3.send(new GetObjectCommand({ Bucket: output("BucketName"), Key: "items/a%20b.json" }));
    expect(JSON.parse((await object.Body?.transformToString()) ?? "")).toEqual({ id: "a%20b", body: "hello" });
  });

  it.each([
    { caller: "nobody", headers: {}, status: 401 },
    { caller: "a stranger", headers: { authorization: "Bearer who" }, status: 401 },
    { caller: "a denied caller", headers: { authorization: "Bearer bad" }, status: 403 },
    { caller: "a known caller", headers: { authorization: "Bearer good" }, status: 200 },
  ])("answers $caller with $status", async ({ headers, status }) => {
    const reply = await fetch(api("/items/a%20b?tag=x&tag=y"), { headers });
    expect(reply.status).toBe(status);
    if (status === 200) expect(await reply.json()).toEqual({ body: "hello", query: { tag: ["x", "y"] }, user: "ada" });
  });

  it("answers a path nobody serves with the customised gateway response", async () => {
    const reply = await fetch(api("/nowhere"));
    expect([reply.status, await reply.json()]).toEqual([404, { message: "Missing Authentication Token" }]);
  });

  it("answers CORS preflight without a function", async () => {
    const reply = await fetch(api("/items/1"), { method: "OPTIONS" });
    expect([reply.status, reply.headers.get("access-control-allow-origin")]).toEqual([204, "https://example.test"]);
  });

  it("refuses a body over 10 MB", async () => {
    const reply = await fetch(api("/items/big"), { method: "PUT", body: "x".repeat(10_485_761) });
    expect(reply.status).toBe(413);
  });

  it("streams a response while the handler still writes", async () => {
    let next = 1;
    await using gate = await startPeer(({ url }) => ({ status: url === `/${next}` ? 200 : 425 }));
    const reply = await fetch(api(`/stream?gate=${encodeURIComponent(gate.url)}`));
    expect(reply.headers.get("content-type")).toBe("text/event-stream");
    for await (const chunk of reply.body ?? []) {
      expect(Buffer.from(chunk).toString()).toBe(`data: ${next}\n\n`);
      next += 1;
    }
    expect(next).toBe(4);
  });

  it("serves an HTTP API without a stage in its paths", async () => {
    const [item = "", nowhere = ""] = ["items/a%20b", "nowhere"].map((path) => `${cloud.apiUrls["plain"] ?? ""}/${path}`);
    expect(await (await fetch(`${item}?tag=z`)).json()).toEqual({ body: "hello", query: { tag: ["z"] } });
    const missing = await fetch(nowhere);
    expect([missing.status, await missing.json()]).toEqual([404, { message: "Not Found" }]);
  });

  it("moves what fails too often to the dead-letter queue", async () => {
    await fetch(api("/items/poison"), { method: "PUT", body: "x" });
    const sqs = new SQSClient(client());
    const receive = new ReceiveMessageCommand({
      QueueUrl: output("DeadLettersUrl"),
      WaitTimeSeconds: 10,
      AttributeNames: ["All"],
    });
    await eventually(async () => {
      const { Messages } = await sqs.send(receive);
      expect(Messages?.map(({ Body }) => JSON.parse(Body ?? ""))).toEqual([{ id: "poison", body: "x" }]);
    });
  });

  it("runs a state machine that waits for a token, and tells the bus when it ends", async () => {
    const sfn = new SFNClient(client());
    const execution = new StartExecutionCommand({
      stateMachineArn: output("MachineArn"),
      name: "e1",
      input: '{"pause":0}',
    });
    const { executionArn } = await sfn.send(execution);
    await eventually(async () => {
      const { status, output: result } = await sfn.send(new DescribeExecutionCommand({ executionArn }));
      expect([status, result]).toEqual(["SUCCEEDED", '{"value":42}']);
    });
    const sqs = new SQSClient(client());
    const { Messages } = await sqs.send(
      new ReceiveMessageCommand({ QueueUrl: output("EndedUrl"), WaitTimeSeconds: 5 }),
    );
    const event = JSON.parse(Messages?.[0]?.Body ?? "{}");
    expect([event["detail-type"], event.detail.executionArn]).toEqual([
      "Step Functions Execution Status Change",
      executionArn,
    ]);
  });

  it("refuses a second cloud over the same state", async () => {
    await expect(start()).rejects.toThrow(/already runs a cloud on this state/);
  });

  it("creates a custom resource once, and updates it when its properties change", async () => {
    expect(output("GreetingText")).toBe("Create world string");
    const { endpoint } = cloud;
    await cloud.stop();
    cloud = await start();
    expect([output("GreetingText"), cloud.endpoint]).toEqual(["Create world string", endpoint]);
    await cloud.stop();
    assemblyDir = synthesizeMiniApp({ directory, greeted: "moon" });
    cloud = await start();
    expect(output("GreetingText")).toBe("Update moon string");
    expect(await archived()).toEqual(["items/a%20b.json"]);
  });
});
