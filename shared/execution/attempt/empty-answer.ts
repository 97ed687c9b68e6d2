import { EMPTY_ANSWER } from "../../agents/blame.ts";
import type { AttemptOutcome } from "../../agents/calls/agent-calls.ts";
import { EXECUTION_LIMITS } from "../limits.ts";
import type { Attempt } from "../runtime/attempt.ts";
import type { Runtime } from "../runtime/runtime.ts";

type Final = Extract<AttemptOutcome, { kind: "completed" | "failed" }>;
type Done = Extract<AttemptOutcome, { kind: "completed" }>;

/**
 * What an end comes to: an answer that cannot be read is none, unless author or registration say that the work is an
 * effect. It is not tried again, because the agent says that the work is done.
 */
export async function judgeAnswer(runtime: Pick<Runtime, "agent">, attempt: Attempt, outcome: Final): Promise<Final> {
  if (outcome.kind !== "completed" || !(await isMissed(runtime, attempt, outcome))) return outcome;
  const message =
    `agent ${attempt.record.agentId ?? "?"} completed the task and left no answer that can be read in artifacts, status message ` +
    "or history; set on_empty_answer: accept if its work is an effect";
  return { kind: "failed", failure: { code: EMPTY_ANSWER, message }, retryable: false };
}

/** Whether an end without an answer is too young to count: some agents send their artifact after that. */
export async function mayAnswerYet(
  runtime: Pick<Runtime, "agent" | "now">,
  attempt: Attempt,
  { outcome, emptySince }: { outcome: Done; emptySince: string },
): Promise<boolean> {
  const isYoung = runtime.now().getTime() < Date.parse(emptySince) + EXECUTION_LIMITS.lateArtifactSeconds * 1000;
  return isYoung && outcome.agentTaskId !== undefined && (await isMissed(runtime, attempt, outcome));
}

async function isMissed(runtime: Pick<Runtime, "agent">, { task, run, record }: Attempt, { isEmpty }: Done): Promise<boolean> {
  if (isEmpty !== true) return false;
  const author = task.kind === "agent" ? task.onEmptyAnswer : undefined;
  const rule = author ?? (await runtime.agent(run.tenant, record.agentId))?.on_empty_answer ?? "fail";
  return rule === "fail";
}
