import type { State, StateOf } from "./state-schema.ts";

/** A mistake and the JSON pointer-like place it is at. */
export interface Problem {
  readonly code: string;
  readonly message: string;
  readonly at: string;
}

const WAIT_FIELDS = ["Seconds", "SecondsPath", "Timestamp", "TimestampPath"] as const;
/** Fields that exclude each other, by state type. */
const EXCLUSIVE: Readonly<Record<string, readonly (readonly [string, string])[]>> = {
  Task: [
    ["TimeoutSeconds", "TimeoutSecondsPath"],
    ["HeartbeatSeconds", "HeartbeatSecondsPath"],
  ],
  Map: [
    ["ItemProcessor", "Iterator"],
    ["ItemSelector", "Parameters"],
    ["ToleratedFailureCount", "ToleratedFailureCountPath"],
    ["ToleratedFailurePercentage", "ToleratedFailurePercentagePath"],
  ],
  Fail: [
    ["Error", "ErrorPath"],
    ["Cause", "CausePath"],
  ],
};

/** Rules inside one state that a schema cannot say. */
export function stateProblems(state: State, at: string): Problem[] {
  const problem = (message: string, field = ""): Problem => ({
    code: "SCHEMA_VALIDATION_FAILED",
    message,
    at: at + field,
  });
  const has = (field: string): boolean => Object.hasOwn(state, field) && Reflect.get(state, field) !== undefined;
  const problems = (EXCLUSIVE[state.Type] ?? [])
    .filter(([one, other]) => has(one) && has(other))
    .map(([one, other]) => problem(`'${one}' and '${other}' exclude each other`, `/${other}`));
  if ("End" in state || "Next" in state || !["Choice", "Succeed", "Fail"].includes(state.Type)) {
    if (has("Next") === (Reflect.get(state, "End") === true))
      problems.push(problem("exactly one of 'Next' and 'End' is required", "/Next"));
  }
  if (state.Type === "Wait" && WAIT_FIELDS.filter((field) => has(field)).length !== 1) {
    problems.push(problem(`exactly one of ${WAIT_FIELDS.join(", ")} is required`));
  }
  if (state.Type === "Map" && !has("ItemProcessor") && !has("Iterator"))
    problems.push(problem("'ItemProcessor' is required"));
  if (state.Type === "Task")
    problems.push(...timeoutProblems(state).map((message) => problem(message, "/HeartbeatSeconds")));
  return problems;
}

function timeoutProblems({ TimeoutSeconds, HeartbeatSeconds }: StateOf<"Task">): string[] {
  const isWrong = TimeoutSeconds !== undefined && HeartbeatSeconds !== undefined && HeartbeatSeconds >= TimeoutSeconds;
  return isWrong ? ["'HeartbeatSeconds' must be smaller than 'TimeoutSeconds'"] : [];
}

interface Target {
  readonly name: string;
  readonly field: string;
}

/** Where a state can go, with the field that says so. */
function targets(state: State): Target[] {
  const found: Target[] = [];
  if ("Next" in state && state.Next !== undefined) found.push({ name: state.Next, field: "/Next" });
  if (state.Type === "Choice") {
    found.push(...state.Choices.map(({ Next }, index) => ({ name: Next, field: `/Choices[${index}]/Next` })));
    if (state.Default !== undefined) found.push({ name: state.Default, field: "/Default" });
  }
  if ("Catch" in state)
    found.push(...state.Catch.map(({ Next }, index) => ({ name: Next, field: `/Catch[${index}]/Next` })));
  return found;
}

/** Rules over the states of one flow: targets exist, every state is reachable, some state ends the flow. */
export function flowProblems(startAt: string, states: ReadonlyMap<string, State>, at: string): Problem[] {
  if (!states.has(startAt)) {
    return [
      { code: "MISSING_TRANSITION_TARGET", message: `Missing 'StartAt' target: ${startAt}`, at: `${at}/StartAt` },
    ];
  }
  const problems: Problem[] = [];
  const reached = new Set([startAt]);
  let isTerminated = false;
  for (const name of reached) {
    const state = states.get(name);
    if (state === undefined) continue;
    isTerminated ||= state.Type === "Succeed" || state.Type === "Fail" || ("End" in state && state.End === true);
    for (const target of targets(state)) {
      if (states.has(target.name)) reached.add(target.name);
      else problems.push(missingTarget(target, `${at}/States/${name}`));
    }
  }
  for (const name of states.keys()) {
    if (!reached.has(name)) problems.push(unreachable(name, at));
  }
  if (!isTerminated && problems.length === 0) {
    problems.push({ code: "NO_TERMINAL_STATE", message: "no terminal state is reachable", at: `${at}/States` });
  }
  return problems;
}

const missingTarget = ({ name, field }: Target, at: string): Problem => ({
  code: "MISSING_TRANSITION_TARGET",
  message: `Missing '${field.slice(field.lastIndexOf("/") + 1)}' target: ${name}`,
  at: at + field,
});

const unreachable = (name: string, at: string): Problem => ({
  code: "MISSING_TRANSITION_TARGET",
  message: `State "${name}" is not reachable.`,
  at: `${at}/States/${name}`,
});
