import { describe, expect, it } from "vitest";
import { checkLimits } from "../../../../shared/workflow/compiler/check-limits.ts";

const machine = (states: object, StartAt = Object.keys(states)[0] ?? "") =>
  JSON.stringify({ StartAt, States: states, TimeoutSeconds: 60 });
const task = (more: object = { End: true }) => ({
  Type: "Task",
  Resource: "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
  ResultPath: null,
  ...more,
});
const parallel = (branches: object[], more: object = { End: true }) => ({
  Type: "Parallel",
  Branches: branches.map((states) => ({ StartAt: Object.keys(states)[0], States: states })),
  ResultPath: null,
  ...more,
});
const chain = (length: number) =>
  Object.fromEntries(
    Array.from({ length }, (_, index) => [
      `s${index}`,
      task(index === length - 1 ? { End: true } : { Next: `s${index + 1}` }),
    ]),
  );
const nested = (depth: number): object =>
  depth === 0 ? { leaf: task({ OutputPath: null, End: true }) } : { [`fork ${depth}`]: parallel([nested(depth - 1)]) };

describe("checkLimits", () => {
  it("finds nothing wrong with a small machine", () => {
    expect(
      checkLimits(machine({ a: task({ Next: "fork 1" }), "fork 1": parallel([{ b: task() }, { c: task() }]) })),
    ).toEqual([]);
  });

  it.each([
    {
      breach: "definition-bytes",
      asl: machine({ a: task({ End: true, Parameters: { note: "x".repeat(1_000_001) } }) }),
    },
    { breach: "history-events", asl: machine(chain(4_167)) },
    { breach: "payload-bytes", asl: machine({ a: task({ End: true, Parameters: { note: "x".repeat(262_144) } }) }) },
    {
      breach: "payload-bytes",
      asl: machine({ all: parallel(Array.from({ length: 520 }, (_, index) => ({ [`s${index}`]: task() }))) }),
    },
    { breach: "name-characters", asl: machine({ ["n".repeat(81)]: task() }) },
    { breach: "name-unique", asl: machine({ all: parallel([{ same: task() }, { same: task() }]) }) },
    { breach: "parallel-depth", asl: machine(nested(34)) },
    { breach: "transition", asl: machine({ a: task({ Next: "ghost" }) }) },
    { breach: "transition", asl: machine({ a: task(), b: task() }) },
    { breach: "transition", asl: machine({ a: task({}) }) },
    {
      breach: "account-arn",
      asl: machine({ a: task({ End: true, Parameters: { QueueUrl: "arn:aws:sqs:eu-west-1:123456789012:q" } }) }),
    },
  ])("finds $breach", ({ breach, asl }) => {
    expect(checkLimits(asl).map(({ limit }) => limit)).toContain(breach);
  });

  it.each([
    { limit: "80 characters", asl: machine({ ["n".repeat(80)]: task() }) },
    { limit: "25 000 events", asl: machine(chain(4_166)) },
    {
      limit: "2 000 branches that drop their output",
      asl: machine({
        all: parallel(
          Array.from({ length: 2_000 }, (_, index) => ({ [`s${index}`]: task({ OutputPath: null, End: true }) })),
        ),
      }),
    },
    { limit: "33 Parallel states", asl: machine(nested(33)) },
  ])("lets $limit pass", ({ asl }) => {
    expect(checkLimits(asl)).toEqual([]);
  });
});
