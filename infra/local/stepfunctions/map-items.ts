import type { Core } from "./core.ts";
import { effectiveInput, itemsOf, mapItem, numberFrom, scopeOf } from "./data-flow.ts";
import { openExecution } from "./execution-lifecycle.ts";
import type { Frame, Join } from "./frame.ts";
import { randomUuid } from "./intrinsic-functions.ts";
import { Doc, type Json } from "./json.ts";
import { executionResult } from "./nested-execution.ts";
import { fillTemplate } from "./payload-template.ts";
import type { StateOf } from "./state-schema.ts";

/** How many items run at once, and how many may fail. */
export interface MapLimits {
  readonly concurrency: number;
  /** The state names a failure threshold; without one, the first failed item fails the state with its own error. */
  readonly hasThreshold: boolean;
  isTolerated(join: Join): boolean;
}

/** Reads the limits of a Map state, from its input where they are paths. @throws {AslError} */
export function mapLimits(core: Core, frame: Frame, state: StateOf<"Map">): MapLimits {
  const scope = scopeOf(core, frame, effectiveInput(core, frame, state));
  const concurrency = numberFrom(state.MaxConcurrency, state.MaxConcurrencyPath, scope) ?? 0;
  const count = numberFrom(state.ToleratedFailureCount, state.ToleratedFailureCountPath, scope);
  const percentage = numberFrom(state.ToleratedFailurePercentage, state.ToleratedFailurePercentagePath, scope);
  const hasThreshold = count !== undefined || percentage !== undefined;
  return {
    concurrency: concurrency === 0 ? Infinity : concurrency,
    hasThreshold,
    isTolerated: ({ failed, total }) =>
      hasThreshold &&
      (count === undefined || failed <= count) &&
      (percentage === undefined || (failed * 100) / total <= percentage),
  };
}

/** The input of one item: the item itself, or what ItemSelector makes of it. @throws {AslError} */
export function itemInput(core: Core, frame: Frame, { state, index }: { state: StateOf<"Map">; index: number }): Doc {
  const template = state.ItemSelector ?? state.Parameters;
  if (template === undefined) return Doc.of(itemsOf(core, frame)[index] ?? null);
  const input = effectiveInput(core, frame, state);
  return Doc.of(fillTemplate(template, scopeOf(core, frame, input, mapItem(core, frame, index))));
}

/** Starts one item of a distributed Map as an execution with a history of its own. */
export function startItemRun(core: Core, frame: Frame, item: { flow: number; index: number; input: Doc }): void {
  const { definition, machine, qualifier, version, roleArn } = core.executions.require(frame.execution);
  const [name = machine] = machine.split("/");
  openExecution(core, {
    machine: `${name}/${frame.state.replaceAll(/\W/g, "-")}`,
    name: randomUuid(core.options.random),
    qualifier,
    version,
    definition,
    roleArn,
    flow: item.flow,
    input: item.input,
    deadline: undefined,
    parent: { frame: frame.id, event: frame.taskEvent, index: item.index },
  });
}

/** Outputs of the items of a distributed Map; a failed one is shown by its execution, as AWS does. */
export function collectItemRuns(core: Core, frame: Frame): Json {
  return core.executions
    .children(frame.id, frame.taskEvent)
    .map((run) => run.output?.value ?? executionResult(core, run, false));
}
