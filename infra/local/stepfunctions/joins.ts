import { AslError } from "./asl-error.ts";
import { definitionOf, nestedFlows, record, stateOf, type Core } from "./core.ts";
import { itemsOf, parameters } from "./data-flow.ts";
import type { Frame, Join } from "./frame.ts";
import { Doc, type Json } from "./json.ts";
import { closeJoin, killBelow } from "./kill.ts";
import { collectItemRuns, itemInput, mapLimits, startItemRun } from "./map-items.ts";
import { mapRunArn } from "./arns.ts";
import type { StateOf } from "./state-schema.ts";

/** Starts every branch of a Parallel state. @throws {AslError} */
export function startParallel(core: Core, frame: Frame, state: StateOf<"Parallel">): void {
  const input = Doc.of(parameters(core, frame, state));
  const flows = nestedFlows(core, frame);
  record(core, frame, "ParallelStateStarted");
  openJoin(core, frame, flows.length).started = flows.length;
  flows.forEach((flow, position) => startFrame(core, frame, { flow, position, input, lastEvent: frame.lastEvent }));
}

/** Starts the items of a Map state, as many as may run at once. @throws {AslError} */
export function startMap(core: Core, frame: Frame): void {
  const { length } = itemsOf(core, frame);
  record(core, frame, "MapStateStarted", { length });
  openJoin(core, frame, length);
  if (isDistributed(core, frame)) {
    const execution = core.executions.require(frame.execution);
    const run = `${frame.state.replaceAll(/\W/g, "-")}:${execution.id}-${execution.nextEvent}`;
    record(core, frame, "MapRunStarted", { mapRunArn: mapRunArn(core.options, execution.machine, run) });
    frame.taskEvent = frame.lastEvent;
  }
  continueMap(core, frame);
}

const isDistributed = (core: Core, frame: Frame): boolean => {
  const [flow = 0] = nestedFlows(core, frame);
  return definitionOf(core, core.executions.require(frame.execution)).flows[flow]?.isDistributed ?? false;
};

function openJoin(core: Core, frame: Frame, total: number): Join {
  const join = { total, started: 0, done: 0, failed: 0 };
  frame.join = join;
  frame.phase = "joining";
  core.frames.save(frame);
  core.frames.saveJoin(frame);
  return join;
}

type ChildPlace = Pick<Frame, "flow" | "position" | "input" | "lastEvent">;

function startFrame(core: Core, parent: Frame, place: ChildPlace): void {
  const { flows } = definitionOf(core, core.executions.require(parent.execution));
  const state = flows[place.flow]?.startAt ?? "";
  core.run(core.frames.add({ execution: parent.execution, parent: parent.id, state, ...place }));
}

function joinOf(frame: Frame): Join {
  if (frame.join === undefined) throw new Error(`frame ${frame.id} joins nothing`);
  return frame.join;
}

/** Starts items until the concurrency is used up, and finishes the Map after the last one. */
function continueMap(core: Core, frame: Frame): void {
  const state = stateOf(core, frame);
  if (state.Type !== "Map") return;
  const join = joinOf(frame);
  const { concurrency } = mapLimits(core, frame, state);
  while (join.started < join.total && join.started - join.done - join.failed < concurrency) {
    startItem(core, frame, { state, index: join.started++ });
  }
  core.frames.saveJoin(frame);
  if (join.done + join.failed === join.total) finish(core, frame);
}

function startItem(core: Core, frame: Frame, { state, index }: { state: StateOf<"Map">; index: number }): void {
  const input = itemInput(core, frame, { state, index });
  const [flow = 0] = nestedFlows(core, frame);
  if (frame.taskEvent !== 0) {
    startItemRun(core, frame, { flow, index, input });
    return;
  }
  const execution = core.executions.require(frame.execution);
  const started = ["MapIterationStarted", { name: frame.state, index }] as const;
  const lastEvent = core.history.append(execution, frame.lastEvent, ...started);
  startFrame(core, frame, { flow, position: index, input, lastEvent });
}

/** A branch or an item reached its end. */
export function childSucceeded(core: Core, child: Frame, output: Doc): void {
  const parent = parentOf(core, child);
  core.guard(parent, () => {
    recordIteration(core, child, parent, "Succeeded");
    settleChild(core, child, output);
    parent.lastEvent = child.lastEvent;
    itemSucceeded(core, parent);
  });
}

/** A branch or an item failed, and nothing in it caught the error. */
export function childFailed(core: Core, child: Frame, error: AslError): void {
  const parent = parentOf(core, child);
  core.guard(parent, () => {
    recordIteration(core, child, parent, "Failed");
    settleChild(core, child, Doc.of({ Error: error.code, Cause: error.reason ?? "" }));
    parent.lastEvent = child.lastEvent;
    itemFailed(core, parent, error);
  });
}

/** An item of a distributed Map, or a branch, succeeded. */
export function itemSucceeded(core: Core, parent: Frame): void {
  const join = joinOf(parent);
  join.done++;
  core.frames.saveJoin(parent);
  if (join.started < join.total) continueMap(core, parent);
  else if (join.done + join.failed === join.total) finish(core, parent);
}

/** An item or a branch failed: tolerated, or the end of the whole state. */
export function itemFailed(core: Core, parent: Frame, error: AslError): void {
  const join = joinOf(parent);
  const state = stateOf(core, parent);
  join.failed++;
  core.frames.saveJoin(parent);
  const limits = state.Type === "Map" ? mapLimits(core, parent, state) : undefined;
  if (limits !== undefined && limits.isTolerated(join)) {
    continueMap(core, parent);
    return;
  }
  const isRun = parent.taskEvent !== 0;
  killBelow(core, parent, true);
  closeJoin(core, parent);
  const own = isRun || limits?.hasThreshold === true ? exceeded() : error;
  if (isRun) record(core, parent, "MapRunFailed", { error: own.code, cause: own.reason });
  record(
    core,
    parent,
    `${state.Type}StateFailed`,
    state.Type === "Map" ? { error: own.code, cause: own.reason } : undefined,
  );
  core.fail(parent, own);
}

const exceeded = (): AslError =>
  new AslError("States.ExceedToleratedFailureThreshold", "The specified tolerated failure threshold was exceeded");

function parentOf(core: Core, child: Frame): Frame {
  const parent = child.parent === undefined ? undefined : core.frames.get(child.parent);
  if (parent === undefined) throw new Error(`frame ${child.id} lost its parent`);
  return parent;
}

function recordIteration(core: Core, child: Frame, ...[parent, outcome]: [Frame, string]): void {
  if (stateOf(core, parent).Type !== "Map") return;
  record(core, child, `MapIteration${outcome}`, { name: parent.state, index: child.position });
}

function settleChild(core: Core, child: Frame, output: Doc): void {
  child.phase = "done";
  child.deadline = undefined;
  child.input = output;
  core.frames.save(child);
}

function finish(core: Core, frame: Frame): void {
  const results = frame.taskEvent === 0 ? collectChildren(core, frame) : collectItemRuns(core, frame);
  if (frame.taskEvent !== 0) record(core, frame, "MapRunSucceeded");
  closeJoin(core, frame);
  record(core, frame, `${stateOf(core, frame).Type}StateSucceeded`);
  core.complete(frame, results);
}

function collectChildren(core: Core, frame: Frame): Json {
  const children = core.frames.children(frame.id);
  for (const { id } of children) core.frames.remove(id);
  return children.map(({ input }) => input.value);
}
