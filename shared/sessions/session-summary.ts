import type { Execution } from "../execution/execution.ts";

/** Failures that a summary names. */
const NAMED = 10;

/** What the executions of a session came to, in figures. */
export function summaryOf(executions: readonly Execution[]): string {
  if (executions.length === 0) return "No executions.";
  const counts = [...Map.groupBy(executions, ({ status }) => status)].map(([status, own]) => `${own.length} ${status}`).sort();
  const seconds = executions.reduce((sum, execution) => sum + secondsOf(execution), 0);
  const failures = executions.flatMap(({ workflowId, executionId, failure }) =>
    failure === undefined ? [] : [`${workflowId} (${executionId}): ${failure.code}: ${failure.message}`],
  );
  const more = failures.length > NAMED ? [`and ${failures.length - NAMED} more`] : [];
  const lines = [
    `${executions.length === 1 ? "1 execution" : `${executions.length} executions`}: ${counts.join(", ")}.`,
    `They took ${seconds.toFixed(1)} s together.`,
    ...(failures.length === 0 ? [] : ["Failures:", ...[...failures.slice(0, NAMED), ...more].map((failure) => `- ${failure}`)]),
  ];
  return lines.join("\n");
}

function secondsOf(execution: Execution): number {
  const { startedAt: from, completedAt: to } = execution;
  return from === undefined || to === undefined ? 0 : (Date.parse(to) - Date.parse(from)) / 1000;
}
