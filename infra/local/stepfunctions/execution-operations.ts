import { cutPage, pageSize, pageStart, wireDate } from "./api-paging.ts";
import type * as api from "./api-schemas.ts";
import { executionArn, machineArn, parseExecutionArn } from "./arns.ts";
import { AslError, ServiceError } from "./asl-error.ts";
import { breakExecution } from "./execution-lifecycle.ts";
import type { Execution } from "./execution.ts";
import type { HistoryEvent } from "./history.ts";
import { findMachine, readMachineArn } from "./machine-operations.ts";
import type { Runtime } from "./runtime.ts";
import { startExecution as start } from "./start-execution.ts";

/** @throws {ServiceError} `ExecutionDoesNotExist`, `InvalidArn` */
function findExecution(runtime: Runtime, arn: string): Execution {
  const reference = parseExecutionArn(arn);
  if (reference === undefined) throw new ServiceError("InvalidArn", `Invalid Arn: '${arn}'`);
  const found = runtime.executions.find(reference.machine, reference.name);
  if (found === undefined) throw new ServiceError("ExecutionDoesNotExist", `Execution Does Not Exist: '${arn}'`);
  return found;
}

/** The same name and input answer the running execution. @throws {ServiceError} */
export function startExecution(runtime: Runtime, { stateMachineArn, name, input }: api.StartExecution) {
  const request = { stateMachineArn, ...(name !== undefined && { name }), ...(input !== undefined && { input }) };
  const execution = start(runtime, runtime.machines, request);
  return {
    executionArn: executionArn(runtime.options, execution.machine, execution.name),
    startDate: wireDate(execution.startedAt),
  };
}

/** Stopping an execution that is over changes nothing. */
export function stopExecution(runtime: Runtime, request: api.StopExecution) {
  const execution = findExecution(runtime, request.executionArn);
  const { error = "", cause } = request;
  const reason = error === "" && cause === undefined ? undefined : new AslError(error, cause);
  breakExecution(runtime, execution, "ABORTED", reason);
  return { stopDate: wireDate(execution.stoppedAt ?? runtime.options.clock.now()) };
}

/** Where an execution comes from, as every description shows it. */
function originOf({ options }: Runtime, { machine, qualifier, version }: Execution) {
  const isAlias = qualifier !== undefined && qualifier !== String(version);
  return {
    stateMachineArn: machineArn(options, machine),
    ...(version !== undefined && { stateMachineVersionArn: machineArn(options, machine, version) }),
    ...(isAlias && { stateMachineAliasArn: machineArn(options, machine, qualifier) }),
  };
}

function summaryOf(runtime: Runtime, execution: Execution) {
  const { machine, name, status, startedAt, stoppedAt } = execution;
  return {
    executionArn: executionArn(runtime.options, machine, name),
    ...originOf(runtime, execution),
    name,
    status,
    startDate: wireDate(startedAt),
    ...(stoppedAt !== undefined && { stopDate: wireDate(stoppedAt) }),
    redriveCount: 0,
  };
}

export function describeExecution(runtime: Runtime, request: api.DescribeExecution) {
  const execution = findExecution(runtime, request.executionArn);
  const { input, output, error, cause } = execution;
  return {
    ...summaryOf(runtime, execution),
    input: input.text,
    inputDetails: { included: true },
    ...(output !== undefined && { output: output.text, outputDetails: { included: true } }),
    ...(error !== undefined && { error }),
    ...(cause !== undefined && { cause }),
    redriveStatus: "NOT_REDRIVABLE",
    redriveStatusReason: "this engine does not redrive executions",
  };
}

/** The definition an execution runs, whatever its machine became since. */
export function describeStateMachineForExecution(
  runtime: Runtime,
  request: api.DescribeStateMachineForExecution,
) {
  const { machine, definition, roleArn, startedAt } = findExecution(runtime, request.executionArn);
  return {
    stateMachineArn: machineArn(runtime.options, machine),
    name: machine,
    definition: runtime.machines.definitionText(definition),
    roleArn,
    updateDate: wireDate(startedAt),
  };
}

/** Newest first. */
export function listExecutions(runtime: Runtime, request: api.ListExecutions) {
  findMachine(runtime, request.stateMachineArn);
  const size = pageSize(request, 100);
  const found = runtime.executions.list({
    ...readMachineArn(request.stateMachineArn),
    status: request.statusFilter,
    before: pageStart(request, Number.MAX_SAFE_INTEGER),
    limit: size + 1,
  });
  const { page, ...rest } = cutPage(found, size, ({ id }) => id);
  return { executions: page.map((execution) => summaryOf(runtime, execution)), ...rest };
}

export function getExecutionHistory(runtime: Runtime, request: api.GetExecutionHistory) {
  const execution = findExecution(runtime, request.executionArn);
  const { reverseOrder: isReverse = false, includeExecutionData = true } = request;
  const size = pageSize(request, 100);
  const start = pageStart(request, isReverse ? execution.nextEvent : 0);
  const found = runtime.history.read(execution.id, start, { limit: size + 1, isReverse });
  const { page, ...rest } = cutPage(found, size, ({ id }) => id);
  return { events: page.map((event) => wireEvent(event, includeExecutionData)), ...rest };
}

const DATA = new Set(["input", "output", "parameters", "error", "cause"]);

function wireEvent({ id, previousEventId, type, timestamp, details, detailsKey }: HistoryEvent, includesData: boolean) {
  const shown = Object.entries(details ?? {}).filter(([key]) => includesData || !DATA.has(key));
  return {
    timestamp: wireDate(timestamp),
    type,
    id,
    previousEventId,
    ...(details !== undefined && detailsKey !== undefined && { [detailsKey]: Object.fromEntries(shown) }),
  };
}
