import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import type { FunctionSettings, LambdaOptions } from "../../../../infra/local/lambda/lambda-service.ts";
import { LambdaService } from "../../../../infra/local/lambda/lambda-service.ts";
import { QueueMapping } from "../../../../infra/local/lambda/queue-mapping.ts";
import { SqsService } from "../../../../infra/local/sqs/sqs-service.ts";
import { Outbox } from "../../../../infra/local/state/outbox.ts";
import { CLOUD_SCHEMA } from "../../../../infra/local/state/schema.ts";
import { TurnDatabase } from "../../../../infra/local/state/turn-database.ts";

const directory = mkdtempSync(join(tmpdir(), "lambda-"));
const reports: [string, unknown][] = [];
const database = new TurnDatabase(":memory:", CLOUD_SCHEMA);
const outbox = new Outbox(database);
const options: LambdaOptions = {
  outbox,
  workers: 1,
  services: async (target, body) =>
    target === "AmazonSQS.Echo"
      ? { body }
      : { refusal: { code: "UnknownOperationException", message: target, fields: "{}" } },
  sendToDestination: async (arn, body) => void reports.push([arn, JSON.parse(body)]),
};
const lambda = new LambdaService(options);

const SOURCES = {
  whoami: `const atLoad = process.env.NAME;
    export const handler = async () => { await null; console.log("called", process.env.NAME); return [atLoad, process.env.NAME, "PATH" in process.env]; };`,
  fail: `export const handler = async () => { throw new RangeError("too far"); };`,
  slow: `export const handler = async () => { await new Promise((done) => setTimeout(done, 5000)); };`,
  block: `export const handler = async ({ isBlocking }) => { while (isBlocking); };`,
  exit: `export const handler = async () => { process.exit(3); };`,
  broken: `throw new Error("no such table"); export const handler = 1;`,
  // Nobody leaves before so many are inside as there should be at most; one too many has a moment to come in.
  crowd: `import { setTimeout as sleep } from "node:timers/promises";
    let inside = 0, most = 0, open;
    const isFull = new Promise((resolve) => (open = resolve));
    export const handler = async () => {
      most = Math.max(most, ++inside);
      if (inside >= Number(process.env.CROWD)) open();
      await isFull;
      await sleep(5);
      inside--;
      return most;
    };`,
  // Loading it takes a while, in which a caller may go away.
  stream: `import { finished } from "node:stream/promises";
    await new Promise((done) => setTimeout(done, 20));
    export const handler = awslambda.streamifyResponse(async (event, stream) => {
      stream.write(event.text);
      await finished(stream).catch(() => {});
    });`,
  context: `export const handler = async (event, context) => ({ event, arn: context.invokedFunctionArn, left: context.getRemainingTimeInMillis() > 100 });`,
} as const;

function define(name: string, source: keyof typeof SOURCES, more: Partial<FunctionSettings> = {}, service = lambda): void {
  const codeDir = join(directory, source);
  mkdirSync(codeDir, { recursive: true });
  writeFileSync(join(codeDir, "index.mjs"), SOURCES[source]);
  const settings = {
    name,
    arn: `arn:aws:lambda:eu-central-1:000000000000:function:${name}`,
    codeDir,
    handler: "index.handler",
  };
  const limits = { memoryMb: 128, timeoutMs: 30_000, concurrency: 100, deadLetterArn: undefined };
  service.define({
    ...settings,
    ...limits,
    environment: { NAME: name },
    logFile: join(directory, `${name}.log`),
    ...more,
  });
}

const call = async (name: string, event: unknown = {}, service = lambda): Promise<[unknown, string | undefined]> => {
  const { payload, functionError } = await service.invoke(name, JSON.stringify(event));
  return [JSON.parse(payload), functionError];
};

beforeAll(() => {
  define("one", "whoami");
  define("two", "whoami");
  define("fail", "fail");
  define("slow", "slow", { timeoutMs: 50 });
  define("exit", "exit");
  define("broken", "broken");
  define("busy", "crowd", { concurrency: 2, environment: { CROWD: "2" } });
  define("context", "context");
  define("stream", "stream");
  define("apart", "whoami", { isPerTenant: true });
});
afterAll(async () => {
  outbox.stop();
  await lambda.stop(0);
  database.close();
  rmSync(directory, { recursive: true, force: true });
});

describe("a function", () => {
  it.each([
    { name: "apart", tenant: undefined, says: "Add a valid tenant ID" },
    { name: "apart", tenant: "a;b", says: "does not take this tenant ID" },
    { name: "one", tenant: "acme", says: "does not take this tenant ID" },
  ])("with sandboxes per tenant is called for one, and no other is: $name for $tenant", async ({ name, tenant, says }) => {
    await expect(lambda.invoke(name, "{}", tenant)).rejects.toThrow(says);
  });

  it("has its own environment, module and log although it shares a thread and an asset", async () => {
    const replies = await Promise.all([call("one"), call("two")]);
    expect(replies.map(([reply]) => reply)).toEqual([
      ["one", "one", false],
      ["two", "two", false],
    ]);
    await expect.poll(() => readFileSync(join(directory, "two.log"), "utf8")).toBe("called two\n");
  });

  it.each([
    "context",
    "arn:aws:lambda:eu-central-1:000000000000:function:context",
    "context:live",
    "000000000000:function:context",
  ])("answers to %s", async (reference) => {
    const arn = "arn:aws:lambda:eu-central-1:000000000000:function:context";
    expect(await call(reference, { a: 1 })).toEqual([{ event: { a: 1 }, arn, left: true }, undefined]);
  });

  it("reports what its handler throws in the shape of AWS", async () => {
    const [error, functionError] = await call("fail");
    expect([error, functionError]).toEqual([
      expect.objectContaining({ errorType: "RangeError", errorMessage: "too far" }),
      "Unhandled",
    ]);
  });

  it("ends with its reader, at whatever moment that one goes", async () => {
    const listen = async (chunk: () => void) =>
      lambda.invokeStreaming("stream", '{"text":"heard"}', { head: () => {}, chunk });
    const early = await listen(() => {});
    early.cancel();
    expect((await early.outcome).functionError).toBeUndefined();
    const heard = Promise.withResolvers<void>();
    const late = await listen(heard.resolve);
    await heard.promise;
    late.cancel();
    expect((await late.outcome).functionError).toBeUndefined();
  });

  it("reports a module that does not load, at every call", async () => {
    for (const _ of [1, 2])
      expect((await call("broken"))[0]).toMatchObject({ errorType: "Error", errorMessage: "no such table" });
  });

  it("runs at most as many calls at a time as its concurrency allows", async () => {
    const replies = await Promise.all(Array.from({ length: 6 }, () => call("busy")));
    expect(replies.map(([most]) => most)).toEqual([2, 2, 2, 2, 2, 2]);
  });

  it("takes eight batches of a queue at a time, although the queue would allow a hundred", async () => {
    define("counted", "crowd", { environment: { CROWD: "8" } });
    const sqs = new SqsService(database, { region: "eu-central-1", accountId: "000000000000", endpoint: "http://localhost" });
    const queue = sqs.declareQueue("counted", {});
    for (let sent = 0; sent < 40; sent += 1) sqs.send(queue, { body: String(sent) });
    const settings = { queue, functionName: "counted", batchSize: 1, windowMs: 0, maxConcurrency: 100, reportsItemFailures: false };
    const mapping = new QueueMapping({ ...settings, filter: undefined, region: "eu-central-1", log: () => {} }, lambda);
    mapping.start();
    await expect.poll(() => queue.counts).toEqual({ visible: 0, inFlight: 0, delayed: 0 });
    mapping.stop();
    sqs.stop();
    expect(await call("counted")).toEqual([8, undefined]);
  });

  it("times out, and leaves the others of its thread alone", async () => {
    const [[slow], [one]] = await Promise.all([call("slow"), call("one")]);
    expect(slow).toMatchObject({
      errorType: "Sandbox.Timedout",
      errorMessage: expect.stringMatching(/Task timed out after 0.05 seconds$/),
    });
    expect(one).toEqual(["one", "one", false]);
  });

  it("costs a failed call when it ends its thread; the next call starts another", async () => {
    expect((await call("exit"))[0]).toMatchObject({ errorType: "Runtime.ExitError" });
    expect((await call("one"))[1]).toBeUndefined();
  });

  it("is ended when it blocks its thread beyond its timeout", async () => {
    const impatient = new LambdaService({ ...options, outbox: new Outbox(database), patienceMs: 200 });
    define("block", "block", { timeoutMs: 50 }, impatient);
    define("beside", "whoami", {}, impatient);
    onTestFinished(() => impatient.stop(0));
    // It must be loaded before, which may take longer than its time, and than the worker's that starts for it.
    const isLoaded = async (): Promise<boolean> =>
      (await call("beside", {}, impatient))[1] === undefined && (await call("block", {}, impatient))[1] === undefined;
    await expect.poll(isLoaded, { timeout: 60_000 }).toBe(true);
    expect((await call("block", { isBlocking: true }, impatient))[0]).toMatchObject({ errorType: "Sandbox.Timedout" });
    await expect.poll(async () => (await call("beside", {}, impatient))[1], { timeout: 60_000 }).toBeUndefined();
  });

  it("sends the report of an asynchronous call that failed for good to its destination", async () => {
    lambda.configureAsync("fail", { maxRetries: 0, onFailureArn: "arn:aws:sqs:eu-central-1:000000000000:failed" });
    lambda.invokeAsync("fail", '{"n":1}');
    await expect.poll(() => reports).toHaveLength(1);
    expect(reports[0]).toEqual([
      "arn:aws:sqs:eu-central-1:000000000000:failed",
      expect.objectContaining({
        requestContext: expect.objectContaining({ condition: "RetriesExhausted", approximateInvokeCount: 1 }),
        requestPayload: { n: 1 },
        responsePayload: expect.objectContaining({ errorMessage: "too far" }),
      }),
    ]);
  });
});
