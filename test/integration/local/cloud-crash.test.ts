import { ListObjectsV2Command, S3Client } from "@aws-sdk/client-s3";
import { DescribeExecutionCommand, SFNClient, StartExecutionCommand } from "@aws-sdk/client-sfn";
import type { ChildProcess } from "node:child_process";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, it } from "vitest";
import * as z from "zod";
import { synthesizeMiniApp } from "./mini-app/assembly.ts";
import { eventually } from "./eventually.ts";

const Running = z.object({
  endpoint: z.string(),
  region: z.string(),
  outputs: z.record(z.string(), z.record(z.string(), z.string())),
  apiUrls: z.record(z.string(), z.string()),
  environment: z.record(z.string(), z.string()),
});
type Running = z.infer<typeof Running>;

const directory = mkdtempSync(join(tmpdir(), "mini-app-crash-"));
const ITEMS = Array.from({ length: 90 }, (_, index) => `item-${String(index).padStart(2, "0")}`);
const EXECUTIONS = Array.from({ length: 60 }, (_, index) => `execution-${index}`);
const credentials = { accessKeyId: "local", secretAccessKey: "local" };
let assemblyDir: string;
let child: ChildProcess;

async function startChild(): Promise<Running> {
  const script = new URL("mini-app/run-cloud.ts", import.meta.url).pathname;
  child = spawn(process.execPath, [script, assemblyDir, join(directory, "state")], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  if (child.stdout === null) throw new Error("the child has no output");
  const [line] = await once(createInterface(child.stdout), "line");
  return Running.parse(JSON.parse(String(line)));
}

async function kill(): Promise<void> {
  child.kill("SIGKILL");
  await once(child, "exit");
}

/** Sends what was not accepted yet; stops at the first failure, which is the kill. */
async function send({ apiUrls, endpoint, region, outputs }: Running, accepted: Set<string>): Promise<void> {
  const sfn = new SFNClient({ endpoint, region, credentials, maxAttempts: 1 });
  const put = async (id: string): Promise<void> => {
    const reply = await fetch(`${apiUrls["mini"] ?? ""}/prod/items/${id}`, { method: "PUT", body: id });
    if (reply.status === 202) accepted.add(id);
  };
  const run = async (name: string): Promise<void> => {
    const stateMachineArn = outputs["Logic"]?.["MachineArn"] ?? "";
    await sfn.send(new StartExecutionCommand({ stateMachineArn, name, input: '{"pause":1}' }));
    accepted.add(name);
  };
  const work = [...ITEMS.map((id) => ({ id, act: put })), ...EXECUTIONS.map((id) => ({ id, act: run }))];
  for (const { id, act } of work
    .filter(({ id }) => !accepted.has(id))
    .sort((one, other) => one.id.slice(-2).localeCompare(other.id.slice(-2)))) {
    await act(id);
  }
}

beforeAll(() => {
  assemblyDir = synthesizeMiniApp({ directory });
});
afterAll(async () => {
  // A kill would leave the database process behind.
  child.kill("SIGTERM");
  await once(child, "exit");
  rmSync(directory, { recursive: true, force: true });
});

it("loses nothing that was accepted when it is killed over and over", async () => {
  const accepted = new Set<string>();
  let running = await startChild();
  for (const milliseconds of [250, 400, 300]) {
    const sending = send(running, accepted).catch(() => {});
    await sleep(milliseconds);
    await kill();
    await sending;
    running = await startChild();
  }
  await send(running, accepted);
  const { endpoint, region, outputs, environment } = running;
  const s3 = new S3Client({ endpoint: environment["AWS_ENDPOINT_URL_S3"] ?? "", region, credentials });
  await eventually(async () => {
    const { Contents } = await s3.send(
      new ListObjectsV2Command({ Bucket: outputs["Logic"]?.["BucketName"], Prefix: "items/" }),
    );
    expect(Contents?.map(({ Key }) => Key)).toEqual(ITEMS.map((id) => `items/${id}.json`));
  });
  const sfn = new SFNClient({ endpoint, region, credentials });
  const executionOf = (name: string): string =>
    `${(outputs["Logic"]?.["MachineArn"] ?? "").replace(":stateMachine:", ":execution:")}:${name}`;
  await eventually(async () => {
    const described = await Promise.all(
      EXECUTIONS.map((name) => sfn.send(new DescribeExecutionCommand({ executionArn: executionOf(name) }))),
    );
    expect(described.filter(({ status, output }) => status === "SUCCEEDED" && output === '{"value":42}')).toHaveLength(
      60,
    );
  });
});
