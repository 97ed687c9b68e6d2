import { AslError } from "./asl-error.ts";
import { executionArn, machineArn } from "./arns.ts";
import { stateOf, type Core } from "./core.ts";
import type { Frame } from "./frame.ts";
import { Doc, isJsonArray, type Json } from "./json.ts";
import { parseJsonPath } from "./json-path.ts";
import { fillTemplate, resolvePath, type TemplateScope } from "./payload-template.ts";
import { placeAt } from "./result-path.ts";
import type { State, StateOf } from "./state-schema.ts";
import { taskToken } from "./task-token.ts";

type StateWithResult = StateOf<"Task" | "Pass" | "Parallel" | "Map">;
type JsonMembers = Readonly<Record<string, Json>>;

/** What the paths and functions of a frame's state see when applied to `input`. */
export function scopeOf(core: Core, frame: Frame, input: Json, item?: JsonMembers): TemplateScope {
  return { input, random: core.options.random, context: () => contextOf(core, frame, item) };
}

/** The context object. Its costly members are getters: most templates read only one or two. */
function contextOf(core: Core, frame: Frame, item: JsonMembers | undefined): Json {
  const { options } = core;
  const execution = core.executions.require(frame.execution);
  const [machine = ""] = execution.machine.split("/");
  const mapItem = item ?? itemOf(core, frame);
  return {
    Execution: {
      Id: executionArn(options, execution.machine, execution.name),
      get Input() {
        return execution.input.value;
      },
      Name: execution.name,
      RoleArn: execution.roleArn,
      StartTime: new Date(execution.startedAt).toISOString(),
      RedriveCount: 0,
    },
    StateMachine: { Id: machineArn(options, machine), Name: machine },
    State: {
      Name: frame.state,
      EnteredTime: new Date(frame.enteredAt).toISOString(),
      RetryCount: frame.attempts.reduce((sum, count) => sum + count, 0),
    },
    ...(frame.taskEvent !== 0 && { Task: { Token: taskToken(core.databaseId, frame) } }),
    ...(mapItem !== undefined && { Map: { Item: mapItem } }),
  };
}

/** The item of the innermost Map that a frame works on. */
function itemOf(core: Core, frame: Frame): JsonMembers | undefined {
  let inner = frame;
  for (;;) {
    const ownParent = inner.parent;
    const outer = ownParent === undefined ? core.executions.require(inner.execution).parent : undefined;
    const parent = core.frames.get(ownParent ?? outer?.frame ?? 0);
    if (parent === undefined) return undefined;
    const state = stateOf(core, parent);
    if (state.Type === "Map") return mapItem(core, parent, outer?.index ?? inner.position);
    if (ownParent === undefined) return undefined;
    inner = parent;
  }
}

/** `Map.Item` of the context object. */
export function mapItem(core: Core, frame: Frame, index: number): JsonMembers {
  return {
    Index: index,
    get Value() {
      return itemsOf(core, frame)[index] ?? null;
    },
  };
}

const itemsCache = new WeakMap<Frame, readonly Json[]>();

/** The items of the Map state a frame is in, read from its raw input and so never stored. @throws {AslError} */
export function itemsOf(core: Core, frame: Frame): readonly Json[] {
  const known = itemsCache.get(frame);
  if (known !== undefined) return known;
  const state = stateOf(core, frame);
  if (state.Type !== "Map") return [];
  const input = effectiveInput(core, frame, state);
  const items = state.ItemsPath === undefined ? input : requirePath(state.ItemsPath, scopeOf(core, frame, input));
  if (!isJsonArray(items)) {
    throw new AslError("States.Runtime", `Reference path "${state.ItemsPath ?? "$"}" must point to array.`);
  }
  itemsCache.set(frame, items);
  return items;
}

/** Forgets the items when a frame leaves a Map state. */
export function forgetItems(frame: Frame): void {
  itemsCache.delete(frame);
}

/** @throws {AslError} `States.Runtime`: the path leads nowhere. */
export function requirePath(path: string, scope: TemplateScope): Json {
  const value = resolvePath(parseJsonPath(path), scope);
  if (value !== undefined) return value;
  throw new AslError("States.Runtime", `Invalid path '${path}': no results for the path in the input of the state.`);
}

/** A number given directly or by path. @throws {AslError} `States.Runtime`: the path yields no whole number ≥ 0. */
export function numberFrom(
  value: number | undefined,
  path: string | undefined,
  scope: TemplateScope,
): number | undefined {
  if (path === undefined) return value;
  const found = requirePath(path, scope);
  if (typeof found === "number" && found >= 0 && Number.isFinite(found)) return found;
  throw new AslError("States.Runtime", `The path '${path}' must yield a number that is not negative.`);
}

/** Raw input → InputPath. @throws {AslError} */
export function effectiveInput(core: Core, frame: Frame, state: State): Json {
  const path = "InputPath" in state ? state.InputPath : undefined;
  if (path === null) return {};
  if (path === undefined || path === "$") return frame.input.value;
  return requirePath(path, scopeOf(core, frame, frame.input.value));
}

/** Raw input → InputPath → Parameters. @throws {AslError} */
export function parameters(core: Core, frame: Frame, state: StateWithResult): Json {
  const input = effectiveInput(core, frame, state);
  return state.Parameters === undefined ? input : fillTemplate(state.Parameters, scopeOf(core, frame, input));
}

/** Result → ResultSelector → ResultPath → OutputPath. @throws {AslError} */
export function outputOf(core: Core, frame: Frame, ...[state, result]: [StateWithResult, Json]): Doc {
  const selector = "ResultSelector" in state ? state.ResultSelector : undefined;
  const selected = selector === undefined ? result : fillTemplate(selector, scopeOf(core, frame, result));
  return applyOutputPath(core, frame, state.OutputPath, placeResult(frame, state.ResultPath, selected));
}

/** Puts a result into the raw input of the state. `null` discards it. @throws {AslError} */
export function placeResult(frame: Frame, path: string | null | undefined, result: Json): Doc {
  if (path === null) return frame.input;
  if (path === undefined || path === "$") return Doc.of(result);
  return Doc.of(placeAt(parseJsonPath(path), frame.input.value, result));
}

/** The last step of every state that does not fail. @throws {AslError} */
export function applyOutputPath(core: Core, frame: Frame, ...[path, output]: [string | null | undefined, Doc]): Doc {
  if (path === null) return Doc.of({});
  if (path === undefined || path === "$") return output;
  return Doc.of(requirePath(path, scopeOf(core, frame, output.value)));
}
