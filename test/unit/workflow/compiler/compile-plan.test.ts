import { describe, expect, it } from "vitest";
import { compilePlan } from "../../../../shared/workflow/compiler/compile-plan.ts";
import { planWorkflow } from "../../../../shared/workflow/plan/planner.ts";
import { CorruptPlanError } from "../../../../shared/workflow/plan/errors.ts";
import { workflowOf } from "../../../fixtures/workflow/workflows.ts";

const planOf = (inputs: number[][]) => planWorkflow(workflowOf(inputs));
const retry = (...ErrorEquals: string[]) => [{ ErrorEquals, MaxAttempts: 5 }];
const taskState = (id: string, exit: object) => ({
  Type: "Task",
  Resource: "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
  Parameters: {
    "QueueUrl.$": "$.queue",
    "MessageGroupId.$": "$.tenant",
    MessageBody: { "run.$": "$", task: id, "token.$": "$$.Task.Token" },
  },
  Retry: retry("SQS.AmazonSQSException", "SQS.SdkClientException"),
  ...exit,
});
const goOn = (Next: string) => ({ ResultPath: null, Next });
const endBranch = { OutputPath: null, End: true };

describe("compilePlan", () => {
  it("writes a diamond as a sequence around a Parallel", () => {
    const { machines, ...names } = compilePlan(planOf([[], [0], [0], [1, 2]]));
    expect(names).toEqual({ planHash: expect.stringMatching(/^[0-9a-f]{64}$/), name: "drawn", version: "1.0" });
    expect(machines).toHaveLength(1);
    expect(JSON.parse(machines[0]?.asl ?? "")).toEqual({
      Comment: "drawn 1.0",
      StartAt: "t0",
      States: {
        t0: taskState("t0", goOn("fork 1")),
        "fork 1": {
          Type: "Parallel",
          Branches: [
            { StartAt: "t1", States: { t1: taskState("t1", endBranch) } },
            { StartAt: "t2", States: { t2: taskState("t2", endBranch) } },
          ],
          ResultPath: null,
          Next: "t3",
        },
        t3: taskState("t3", { ResultPath: null, End: true }),
      },
      // One hour for the execution, thirty days for pauses.
      TimeoutSeconds: 3_600 + 2_592_000,
    });
    // Execution 2, four tasks of 6, one Parallel of 4.
    expect(machines[0]).toMatchObject({ key: "main", eventEstimate: 30, taskCount: 4, nested: [] });
    expect(machines[0]?.bytes).toBe(Buffer.byteLength(machines[0]?.asl ?? ""));
  });

  it("takes about 350 bytes per task with short ids", () => {
    const [machine] = compilePlan(
      planOf(Array.from({ length: 100 }, (_, node) => (node === 0 ? [] : [node - 1]))),
    ).machines;
    expect((machine?.bytes ?? 0) / 100).toBeLessThan(352);
  });

  it("moves runs of a series and bundles of branches into machines of their own", () => {
    const chain = compilePlan(planOf([[], [0], [1], [2], [3]]), { budget: { bytes: 1_700, events: 1_000 } });
    expect(chain.machines.map(({ key, nested, taskCount }) => ({ key, nested, taskCount }))).toEqual([
      { key: "p1", nested: [], taskCount: 3 },
      { key: "main", nested: ["p1"], taskCount: 2 },
    ]);
    const [part, main] = chain.machines.map(({ asl }): unknown => JSON.parse(asl));
    expect(part).toMatchObject({
      Comment: "drawn 1.0, part p1",
      StartAt: "t0",
      States: { t2: { ResultPath: null, End: true } },
    });
    expect(main).toMatchObject({
      StartAt: "part p1",
      States: {
        "part p1": {
          Type: "Task",
          Resource: "arn:aws:states:::states:startExecution.sync:2",
          Parameters: {
            StateMachineArn: "${Machine_p1}",
            Input: {
              "tenant.$": "$.tenant",
              "execution.$": "$.execution",
              "run.$": "$.run",
              "plan.$": "$.plan",
              "queue.$": "$.queue",
              "AWS_STEP_FUNCTIONS_STARTED_BY_EXECUTION_ID.$": "$$.Execution.Id",
            },
          },
          Retry: retry("StepFunctions.AWSStepFunctionsException", "StepFunctions.SdkClientException"),
          ...goOn("t3"),
        },
      },
    });
  });

  it("splits on events as well as on bytes", () => {
    const { machines } = compilePlan(planOf([[], [], [], []]), { budget: { bytes: 900_000, events: 25 } });
    // Three branches of 6, a Parallel of 4 and the execution's 2 are 24; the fourth branch beside a part is 18.
    expect(machines.map(({ key, eventEstimate }) => [key, eventEstimate])).toEqual([
      ["p1", 24],
      ["main", 18],
    ]);
  });

  it("compiles equal plans to equal bytes", () => {
    const inputs = [[], [], [0, 1], [1], [2, 3], []];
    expect(compilePlan(planOf(inputs))).toEqual(compilePlan(planOf(inputs)));
  });

  it.each([
    { flaw: "names a task that is not there", flow: "0;(1|2);7" },
    { flaw: "forgets a task", flow: "0;(1|2)" },
    { flaw: "is not a flow", flow: "0;(1|" },
  ])("refuses a plan whose flow $flaw", ({ flow }) => {
    expect(() => compilePlan({ ...planOf([[], [0], [0], [1, 2]]), flow })).toThrow(CorruptPlanError);
  });
});
