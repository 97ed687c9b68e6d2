/**
 * Where an emulator answers otherwise than AWS documents, as it was found: its answer, by the name of the behaviour. A
 * target that stops deviating, or deviates in another way, fails the suite until this record says so.
 */
export const DEVIATIONS: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  // 1.5.33
  ministack: {
    "status as server-sent events": 500,
    "SQS delays for 15 minutes at most": "accepted",
    "SQS deletes a message twice without complaint": ["accepted", "ReceiptHandleIsInvalid"],
    "Step Functions gives the same execution to the same name and input while it runs, and refuses other input": {
      same: false,
      other: "ExecutionAlreadyExists",
      afterwards: "ExecutionAlreadyExists",
    },
    "Step Functions publishes one version of one revision": { number: ":1", same: false },
    "Step Functions runs the version that is named": {
      status: "SUCCEEDED",
      output: "v1",
      version: false,
      machine: true,
    },
    "Step Functions refuses a definition with a flaw": "accepted",
    "a task goes on with the output that its token is answered with, once": {
      first: "accepted",
      second: "TaskDoesNotExist",
      status: "SUCCEEDED",
      output: { done: 1 },
    },
    "a token that is not answered in time fails its task with States.Timeout, and is dead": {
      status: "FAILED",
      error: "States.Timeout",
      late: "TaskDoesNotExist",
    },
    "Step Functions refuses a token that it never gave": "TaskDoesNotExist",
    "EventBridge answers 200 to entries it does not take, and says which": {
      failed: 0,
      codes: ["taken", "taken", "taken"],
    },
  },
};
