import { Doc } from "./json.ts";
import { numberOf, numberOrNone, textOf, textOrNone, type Row } from "./rows.ts";

export type ExecutionStatus = "RUNNING" | "SUCCEEDED" | "FAILED" | "TIMED_OUT" | "ABORTED";

/** The frame that waits for an execution it started: a `.sync` task, or a distributed Map for one of its items. */
export interface ParentTask {
  readonly frame: number;
  /** The history event of the parent that started it: tells attempts apart. */
  readonly event: number;
  readonly index: number;
}

export interface Execution {
  readonly id: number;
  /** Name of the machine; `machine/label` for an item of a distributed Map. */
  readonly machine: string;
  readonly name: string;
  /** Version number or alias name the execution was started by. */
  readonly qualifier: string | undefined;
  readonly version: number | undefined;
  readonly definition: number;
  readonly flow: number;
  readonly roleArn: string;
  readonly input: Doc;
  readonly startedAt: number;
  readonly parent: ParentTask | undefined;
  status: ExecutionStatus;
  output: Doc | undefined;
  error: string | undefined;
  cause: string | undefined;
  stoppedAt: number | undefined;
  deadline: number | undefined;
  /** Id the next history event gets. */
  nextEvent: number;
}

const STATUSES: readonly ExecutionStatus[] = ["RUNNING", "SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED"];

/** Reads an execution from its row. */
export function toExecution(row: Row, nextEvent: number): Execution {
  const status = STATUSES.find((one) => one === textOf(row, "status"));
  if (status === undefined) throw new TypeError(`unknown execution status '${textOf(row, "status")}'`);
  const output = textOrNone(row, "output");
  const frame = numberOrNone(row, "parent_frame");
  return {
    id: numberOf(row, "id"),
    machine: textOf(row, "machine"),
    name: textOf(row, "name"),
    qualifier: textOrNone(row, "qualifier"),
    version: numberOrNone(row, "version"),
    definition: numberOf(row, "definition"),
    flow: numberOf(row, "flow"),
    roleArn: textOf(row, "role_arn"),
    input: Doc.fromText(textOf(row, "input")),
    startedAt: numberOf(row, "started_at"),
    status,
    output: output === undefined ? undefined : Doc.fromText(output),
    error: textOrNone(row, "error"),
    cause: textOrNone(row, "cause"),
    stoppedAt: numberOrNone(row, "stopped_at"),
    deadline: numberOrNone(row, "deadline"),
    nextEvent,
    parent:
      frame === undefined
        ? undefined
        : { frame, event: numberOf(row, "parent_event"), index: numberOf(row, "parent_index") },
  };
}
