import { machinePlaceholder, RESOURCES, SERVICE_FAULTS } from "./asl.ts";

/** Where a state leads: to another, or out of its branch or machine. */
export type Exit = { readonly next: string } | "end-of-branch" | "end-of-machine";

/**
 * A service fault must not end a run of ten thousand tasks, and a retry around the whole would repeat six events for
 * every task already done. So each state carries its own: 105 bytes, which moves the first split from about
 * 3 100 tasks to 2 300. Five attempts with the default one second, doubled, bridge half a minute.
 */
const retryOf = (faults: readonly string[]): string =>
  `"Retry":[{"ErrorEquals":${JSON.stringify(faults)},"MaxAttempts":5}]`;
const TASK_RETRY = retryOf(SERVICE_FAULTS.tokenTask);
const NESTED_RETRY = retryOf(SERVICE_FAULTS.nestedExecution);

const NESTED_INPUT = JSON.stringify({
  "tenant.$": "$.tenant",
  "execution.$": "$.execution",
  "run.$": "$.run",
  "plan.$": "$.plan",
  "queue.$": "$.queue",
  "AWS_STEP_FUNCTIONS_STARTED_BY_EXECUTION_ID.$": "$$.Execution.Id",
});

/**
 * The reference to the run flows through unchanged. The last state of a branch drops it: a Parallel collects what its
 * branches return, and two thousand copies of the reference would pass the payload quota.
 */
function exitOf(exit: Exit): string {
  if (exit === "end-of-branch") return '"OutputPath":null,"End":true';
  if (exit === "end-of-machine") return '"ResultPath":null,"End":true';
  return `"ResultPath":null,"Next":${JSON.stringify(exit.next)}`;
}

/**
 * Sends one task to the run's queue and waits for its token. MessageGroupId keeps tenants fair on a standard queue.
 * No TimeoutSeconds of its own: parked and paused time would have to be added to it, which makes it looser than the
 * machine's.
 */
export function taskState(id: string, exit: Exit): string {
  const name = JSON.stringify(id);
  return (
    `${name}:{"Type":"Task","Resource":"${RESOURCES.tokenTask}",` +
    `"Parameters":{"QueueUrl.$":"$.queue","MessageGroupId.$":"$.tenant",` +
    `"MessageBody":{"run.$":"$","task":${name},"token.$":"$$.Task.Token"}},` +
    `${TASK_RETRY},${exitOf(exit)}}`
  );
}

/** Runs another machine of the same workflow and waits for its end. */
export function nestedState(name: string, key: string, exit: Exit): string {
  return (
    `${JSON.stringify(name)}:{"Type":"Task","Resource":"${RESOURCES.nestedExecution}",` +
    `"Parameters":{"StateMachineArn":"${machinePlaceholder(key)}","Input":${NESTED_INPUT}},` +
    `${NESTED_RETRY},${exitOf(exit)}}`
  );
}

/** Opens a state that runs branches side by side; the branches follow, with commas between them. */
export function openParallel(name: string): string {
  return `${JSON.stringify(name)}:{"Type":"Parallel","Branches":[`;
}

/** Ends a Parallel, which goes on when its last branch ends. */
export function closeParallel(exit: Exit): string {
  return `],${exitOf(exit)}}`;
}

/** Opens a machine's or a branch's list of states, without the outer brace. */
export function openStates(startAt: string): string {
  return `"StartAt":${JSON.stringify(startAt)},"States":{`;
}
