/** One life of an engine over a file: `node stepfunctions-crash-worker.ts <folder> <executions>`. The test kills it. */
import { appendFileSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { systemClock } from "../../../infra/local/stepfunctions/clock.ts";
import { createEngine } from "../../../infra/local/stepfunctions/engine.ts";

const [folder = ".", count = "1"] = process.argv.slice(2);
const log = join(folder, "calls.log");
const LAMBDA = "arn:aws:lambda:eu-central-1:123456789012:function:work";
const MACHINE = "arn:aws:states:eu-central-1:123456789012:stateMachine:crash";

const DEFINITION = {
  StartAt: "Flaky",
  States: {
    Flaky: {
      Type: "Task",
      Resource: LAMBDA,
      ResultPath: null,
      Parameters: { "key.$": "States.Format('flaky-{}', $.id)", "attempt.$": "$$.State.RetryCount" },
      Retry: [{ ErrorEquals: ["Flaky"], IntervalSeconds: 1, MaxAttempts: 2, BackoffRate: 1 }],
      Next: "Each",
    },
    Each: {
      Type: "Map",
      ItemsPath: "$.items",
      MaxConcurrency: 2,
      ResultPath: "$.items",
      Next: "Sleep",
      ItemSelector: { "key.$": "States.Format('item-{}-{}', $.id, $$.Map.Item.Value)", "item.$": "$$.Map.Item.Value" },
      ItemProcessor: { StartAt: "Work", States: { Work: { Type: "Task", Resource: LAMBDA, End: true } } },
    },
    Sleep: { Type: "Wait", Seconds: 1, Next: "Ask" },
    Ask: {
      Type: "Task",
      Resource: "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
      ResultPath: "$.answer",
      End: true,
      Parameters: {
        QueueUrl: "q",
        MessageBody: { "key.$": "States.Format('ask-{}', $.id)", "token.$": "$$.Task.Token" },
      },
    },
  },
};

const engine = await createEngine({
  databasePath: join(folder, "states.db"),
  region: "eu-central-1",
  accountId: "123456789012",
  clock: systemClock,
  random: Math.random,
  integrations: {
    sendMessage: async ({ body }) => {
      appendFileSync(log, `${body}\n`);
      return { MessageId: "m" };
    },
    invoke: async (_, payload) => {
      appendFileSync(log, `${JSON.stringify(payload)}\n`);
      await new Promise((resolve) => setTimeout(resolve, 20 + 30 * Math.random()));
      const { key, attempt, item } = Object(payload);
      if (!String(key).startsWith("flaky") || attempt === 2) return { payload: `did ${item}` };
      return { payload: null, functionError: { errorType: "Flaky", errorMessage: "again" } };
    },
    putEvents: async () => ({}),
  },
  onStatusChange: ({ detail }) => appendFileSync(join(folder, "statuses.log"), `${detail.name} ${detail.status}\n`),
});

await engine.call("CreateStateMachine", {
  name: "crash",
  definition: JSON.stringify(DEFINITION),
  roleArn: "arn:aws:iam::1:role/r",
});
for (let id = 0; id < Number(count); id++) {
  const input = JSON.stringify({ id, items: ["a", "b", "c", "d"] });
  await engine.call("StartExecution", { stateMachineArn: MACHINE, name: `run-${id}`, input }).catch((error: unknown) => {
    if (!(error instanceof Error && error.message.includes("Already Exists"))) throw error;
  });
}

/** Answers every token in the log that is older than half a second, most of them from a life before. */
const seen = new Map<string, number>();
setInterval(() => {
  for (const line of existsSync(log) ? readFileSync(log, "utf8").trim().split("\n") : []) {
    const { key, token } = Object(JSON.parse(line));
    if (typeof token !== "string") continue;
    const first = seen.get(token) ?? Date.now();
    seen.set(token, first);
    if (Date.now() - first < 500) continue;
    void engine.call("SendTaskSuccess", { taskToken: token, output: JSON.stringify(key) }).catch(() => {}); // answered before
  }
}, 100);

setInterval(() => {
  void engine.call("ListExecutions", { stateMachineArn: MACHINE, statusFilter: "RUNNING" }).then(({ executions }) => {
    if (executions.length > 0) return;
    writeFileSync(join(folder, "done"), "");
    engine.close();
    process.exit(0);
  });
}, 100);
