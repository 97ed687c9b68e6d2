import type { Execution } from "../../execution/execution.ts";
import { type AskedOfPeople, lookAtRun, type RunSource } from "../../execution/run/look-at-run.ts";
import { loadExecution } from "../../execution/store/execution-store.ts";
import { loadHistory } from "../store/conversation-store.ts";
import type { TaskPicture } from "../task-view.ts";
import { approvalParts, questionParts, type Wait } from "../waits.ts";
import { artifactOf } from "./artifacts.ts";

/** What a picture is to hold beside the state. @default - everything */
export interface Focus {
  readonly history?: boolean;
  readonly artifacts?: boolean;
}

/**
 * An execution as a caller over A2A sees it, as it is now.
 *
 * @throws {NotFoundError} no such execution for this tenant.
 */
export const loadPicture = async (
  source: RunSource,
  place: { tenant: string; execution: string },
  focus: Focus = {},
): Promise<TaskPicture> =>
  pictureOf(source, await loadExecution(source.executions, place.tenant, place.execution), focus);

/** As `loadPicture`, of a head that was read a moment ago. */
export async function pictureOf(
  source: RunSource,
  execution: Execution,
  { history = true, artifacts = true }: Focus = {},
): Promise<TaskPicture> {
  const place = { tenant: execution.tenant, execution: execution.executionId };
  const [{ waits, made, ...look }, said] = await Promise.all([
    lookAtRun(source, execution, { outputs: artifacts }),
    history ? loadHistory({ ...source.executions, payloads: source.payloads }, place) : [],
  ]);
  return { execution, ...look, waits: waits.map(asWait), artifacts: made.map(artifactOf), history: said };
}

/** What an execution waits for its caller for, as the caller reads it. */
function asWait(asked: AskedOfPeople): Wait {
  const { execution, task, kind, since } = asked;
  const parts = "question" in asked ? questionParts(asked.question) : approvalParts(task, asked.prompt);
  return { execution, task, kind, since, parts };
}
