import { randomUUID } from "node:crypto";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import * as z from "zod";
import type { StageStatus } from "../../../shared/execution/views/status.ts";
import { SubmissionView } from "../../../shared/execution/views/submissions.ts";
import { callApi, type Connection } from "../../cli/client/api-client.ts";
import { ApiProblem } from "../../cli/client/api-errors.ts";
import { followExecution } from "../../cli/client/follow-execution.ts";

/** The workflow that a start runs. */
const WORKFLOW = "financial-pipeline";

/** A run of the workflow, and whether an earlier start began it. */
export interface Job {
  readonly execution: string;
  readonly isContinued: boolean;
}

const JobFile = z.object({ key: z.string().min(1) });

/**
 * Submits the workflow under a key that is kept in `file` until {@link forgetJob}: a start after a kill gets the same
 * execution again instead of another one.
 *
 * @throws {ApiProblem | ConnectionError} the API does not take it.
 */
export async function submitJob(connection: Connection, file: string): Promise<Job> {
  const kept = readKey(file);
  if (kept !== undefined) {
    try {
      return { execution: await submit(connection, kept), isContinued: true };
    } catch (error) {
      // The workflow was changed in between, so the key's execution is of another plan.
      if (!(error instanceof ApiProblem) || error.status !== 409) throw error;
    }
  }
  const key = randomUUID();
  writeFileSync(file, JSON.stringify({ key }));
  return { execution: await submit(connection, key), isContinued: false };
}

/** The next start begins a new run. */
export function forgetJob(file: string): void {
  rmSync(file, { force: true });
}

/** Shows each status until the execution is finished; returns the last. @throws as `followExecution` does. */
export async function watchJob(
  connection: Connection,
  execution: string,
  { show, signal }: { show: (status: StageStatus) => void; signal: AbortSignal },
): Promise<StageStatus | undefined> {
  let last: StageStatus | undefined;
  for await (const status of followExecution(connection, execution, { signal })) {
    show(status);
    last = status;
  }
  return last;
}

async function submit(connection: Connection, key: string): Promise<string> {
  const path = `/api/v1/workflows/${WORKFLOW}/execute`;
  const headers = { "idempotency-key": key };
  const { execution_id: execution } = await callApi(connection, { method: "POST", path, body: {}, headers }, SubmissionView);
  return execution;
}

function readKey(file: string): string | undefined {
  if (!existsSync(file)) return undefined;
  try {
    return JobFile.parse(JSON.parse(readFileSync(file, "utf8"))).key;
  } catch {
    // Cut off by a kill before anything was submitted under it.
    return undefined;
  }
}
