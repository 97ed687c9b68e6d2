import { allTasks } from "../store/execution-queries.ts";
import { type Aggregation, type Answer, customAggregation } from "../../agents/routing/aggregate.ts";
import { type Gathered, gatherAnswers, type GatherFailure } from "../../agents/routing/gather.ts";
import { ExpressionError } from "../../core/errors.ts";
import { parseItemName, scatterOf } from "../task/for-each.ts";
import { isSettled, type TaskRecord } from "../task/task-record.ts";
import type { Scatter } from "../../workflow/definition/workflow-definition.ts";
import type { Attempt } from "../runtime/attempt.ts";
import type { Runtime } from "../runtime/runtime.ts";
import { settleAttempt } from "./settle-attempt.ts";
import * as z from "zod";

const AgentIds = z.array(z.string());

/**
 * Ends a task that asked several agents, once what was heard decides it: enough answers, too few agents left, or the
 * deadline. Asked again after every answer; answers after the end stay in their own rows.
 */
export async function settleScatter(runtime: Runtime, attempt: Attempt): Promise<void> {
  const { task, record, run } = attempt;
  const scatter = scatterOf(task);
  if (scatter === undefined || record.items === undefined || isSettled(record.state)) return;
  const agents = AgentIds.parse(await runtime.load(record.items.list));
  const answers: Answer[] = [];
  const failures: GatherFailure[] = [];
  for await (const row of allTasks(runtime.executions, { tenant: run.tenant, execution: run.execution }, `${task.id}[`)) {
    const agent = agents[parseItemName(row.task)?.index ?? -1];
    if (agent === undefined || !isSettled(row.state)) continue;
    if (row.state === "completed" && row.output !== undefined) answers.push({ agent, output: await runtime.load(row.output), at: endOf(row) });
    else failures.push({ agent, code: row.failure?.code ?? row.state, at: endOf(row) });
  }
  const { minResponses, deadlineSeconds } = scatter;
  const deadlineAt = deadlineSeconds === undefined ? undefined : Date.parse(record.dispatchedAt ?? "") + deadlineSeconds * 1000;
  const policy = { agents, aggregation: aggregationOf(scatter), minResponses, deadlineAt };
  const gathered = judge({ answers, failures }, policy, runtime.now().getTime());
  if (gathered.state === "waiting") return;
  if (gathered.state === "failed") {
    const { code, message } = gathered;
    return settleAttempt(runtime, attempt, { kind: "failed", failure: { code, message }, retryable: false });
  }
  const { result, counted, absent } = gathered;
  const output = { result: result.output, answered_by: counted, absent, ...(result.vote === undefined ? {} : { vote: result.vote }) };
  return settleAttempt(runtime, attempt, { kind: "completed", output });
}

/** An expression that does not fit the answers fails the task, not the message. */
function judge(...asked: Parameters<typeof gatherAnswers>): Gathered {
  try {
    return gatherAnswers(...asked);
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error;
    return { state: "failed", code: "AgentFailed", message: error.message, late: [] };
  }
}

const endOf = ({ settledAt = "" }: TaskRecord): number => Date.parse(settledAt);

function aggregationOf({ aggregation, expression, quorum, onConflict }: Scatter): Aggregation {
  switch (aggregation) {
    case "custom":
      return customAggregation(expression ?? "responses");
    case "majority_vote":
      return { kind: aggregation, quorum };
    case "merge":
      return { kind: aggregation, onConflict };
    default:
      return { kind: aggregation };
  }
}
