import { ServiceError } from "./asl-error.ts";
import { executionArn, parseMachineArn } from "./arns.ts";
import type { Core, StartRequest } from "./core.ts";
import { openExecution } from "./execution-lifecycle.ts";
import type { Execution } from "./execution.ts";
import { randomUuid } from "./intrinsic-functions.ts";
import { Doc } from "./json.ts";
import { LIMITS } from "./limits.ts";
import type { MachineStore, Route } from "./machine-store.ts";

const NAME = /^[^\s\p{Cc}<>{}[\]?*"#%\\^|~`$&,;:/]{1,80}$/u;
const DAY_MS = 86_400_000;

interface Resolved {
  readonly machine: string;
  readonly qualifier: string | undefined;
  readonly version: number | undefined;
  readonly definition: number;
  readonly roleArn: string;
}

/**
 * Starts an execution. A name that is running already with the same input answers the running execution.
 *
 * @throws {ServiceError} `ExecutionAlreadyExists`, `StateMachineDoesNotExist`, `InvalidArn`, `InvalidName`,
 * `InvalidExecutionInput`.
 */
export function startExecution(core: Core, machines: MachineStore, request: StartRequest): Execution {
  const target = resolveTarget(core, machines, request.stateMachineArn);
  const name = request.name ?? randomUuid(core.options.random);
  if (!NAME.test(name)) throw new ServiceError("InvalidName", `Invalid Name: '${name}'`);
  const input = checkInput(request.input ?? "{}");
  const known = request.name === undefined ? undefined : core.executions.find(target.machine, name);
  if (known !== undefined) {
    const running = reuse(core, known, { input, isNested: request.parent !== undefined });
    if (running !== undefined) return running;
  }
  const { timeoutSeconds } = core.definitions.get(target.definition);
  return openExecution(core, {
    ...target,
    name,
    input,
    flow: 0,
    parent: request.parent,
    deadline: timeoutSeconds === undefined ? undefined : core.options.clock.now() + timeoutSeconds * 1_000,
  });
}

function checkInput(text: string): Doc {
  const input = Doc.fromText(text);
  try {
    void input.value;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new ServiceError("InvalidExecutionInput", `Invalid State Machine Execution Input: '${error.message}'`);
  }
  if (!input.isTooLarge) return input;
  throw new ServiceError("InvalidExecutionInput", `the input exceeds ${LIMITS.payloadBytes} bytes`);
}

/** The execution that already answers the request, or `undefined` once the name is free again. */
function reuse(core: Core, known: Execution, wanted: { input: Doc; isNested: boolean }): Execution | undefined {
  // A running execution reports to one parent only, so a second `.sync` task cannot join it.
  if (known.status === "RUNNING" && known.input.text === wanted.input.text && !wanted.isNested) return known;
  const closedMs = core.options.clock.now() - (known.stoppedAt ?? core.options.clock.now());
  if (known.status !== "RUNNING" && closedMs > LIMITS.nameReuseDays * DAY_MS) {
    core.executions.remove(known.id);
    return undefined;
  }
  const arn = executionArn(core.options, known.machine, known.name);
  throw new ServiceError("ExecutionAlreadyExists", `Execution Already Exists: '${arn}'`);
}

function resolveTarget(core: Core, machines: MachineStore, arn: string): Resolved {
  const reference = parseMachineArn(arn);
  if (reference === undefined) throw new ServiceError("InvalidArn", `Invalid Arn: '${arn}'`);
  const { machine, qualifier } = reference;
  const missing = new ServiceError("StateMachineDoesNotExist", `State Machine Does Not Exist: '${arn}'`);
  if (qualifier === undefined) {
    const found = machines.get(machine);
    if (found === undefined) throw missing;
    return { machine, qualifier, version: undefined, definition: found.definition, roleArn: found.roleArn };
  }
  const routes = machines.alias(machine, qualifier)?.routes;
  const version = routes === undefined ? Number(qualifier) : pickRoute(routes, core.options.random());
  const found = Number.isInteger(version) ? machines.version(machine, version) : undefined;
  if (found === undefined) throw missing;
  return { machine, qualifier, version, definition: found.definition, roleArn: found.roleArn };
}

/** The version that a draw in [0, 1) falls on. */
function pickRoute(routes: readonly Route[], draw: number): number {
  let left = draw * 100;
  for (const { version, weight } of routes) {
    left -= weight;
    if (left < 0) return version;
  }
  return routes[0]?.version ?? Number.NaN;
}
