import { AslError } from "./asl-error.ts";
import { timestampMillis } from "./choice-comparisons.ts";
import { record, type Core } from "./core.ts";
import { applyOutputPath, effectiveInput, outputOf, parameters, requirePath, scopeOf } from "./data-flow.ts";
import type { Frame } from "./frame.ts";
import { outputDetails } from "./history-details.ts";
import { Doc, type Json } from "./json.ts";
import { fillTemplate } from "./payload-template.ts";
import type { StateOf } from "./state-schema.ts";

/** Pass: its result is `Result`, or else its effective input. @throws {AslError} */
export function runPass(core: Core, frame: Frame, state: StateOf<"Pass">): void {
  const result = state.Result === undefined ? parameters(core, frame, state) : state.Result;
  core.exit(frame, outputOf(core, frame, state, result));
}

/** Choice: the first rule that holds, or `Default`, says where to go. @throws {AslError} `States.NoChoiceMatched` */
export function runChoice(core: Core, frame: Frame, state: StateOf<"Choice">): void {
  const input = effectiveInput(core, frame, state);
  const scope = scopeOf(core, frame, input);
  const next = state.Choices.find(({ condition }) => condition(scope))?.Next ?? state.Default;
  if (next === undefined)
    throw new AslError("States.NoChoiceMatched", `No choice rule of the state '${frame.state}' matched.`);
  const output = applyOutputPath(core, frame, state.OutputPath, Doc.of(input));
  record(core, frame, "ChoiceStateExited", { name: frame.state, ...outputDetails(output.text) });
  core.transition(frame, next, output);
}

/** Wait: sleeps until an absolute time. @throws {AslError} */
export function runWait(core: Core, frame: Frame, state: StateOf<"Wait">): void {
  frame.deadline = wakeTime(core, frame, state);
  frame.phase = "sleeping";
  core.frames.save(frame);
}

function wakeTime(core: Core, frame: Frame, state: StateOf<"Wait">): number {
  const scope = scopeOf(core, frame, effectiveInput(core, frame, state));
  const { clock } = core.options;
  const { SecondsPath, TimestampPath } = state;
  if (SecondsPath !== undefined) return clock.now() + secondsOf(requirePath(SecondsPath, scope), SecondsPath) * 1_000;
  if (state.Seconds !== undefined) return clock.now() + state.Seconds * 1_000;
  const timestamp = TimestampPath === undefined ? state.Timestamp : requirePath(TimestampPath, scope);
  const at = timestampMillis(timestamp);
  if (at === undefined)
    throw new AslError("States.Runtime", `The Timestamp of the state '${frame.state}' is not RFC 3339.`);
  return at;
}

function secondsOf(value: Json, path: string): number {
  if (typeof value === "number" && Number.isInteger(value) && value >= 0) return value;
  throw new AslError("States.Runtime", `The SecondsPath '${path}' must yield a whole number that is not negative.`);
}

/** Wait and Succeed: the effective input is the output. @throws {AslError} */
export function passThrough(core: Core, frame: Frame, state: StateOf<"Wait" | "Succeed">): void {
  const input = state.InputPath === undefined ? frame.input : Doc.of(effectiveInput(core, frame, state));
  core.exit(frame, applyOutputPath(core, frame, state.OutputPath, input));
}

/** Fail: the error it names. */
export function failureOf(core: Core, frame: Frame, state: StateOf<"Fail">): AslError {
  const scope = scopeOf(core, frame, frame.input.value);
  const text = (literal: string | undefined, expression: string | undefined): string | undefined => {
    if (expression === undefined) return literal;
    const value = expression.startsWith("$")
      ? requirePath(expression, scope)
      : Object.values(Object(fillTemplate({ "value.$": expression }, scope)))[0];
    if (typeof value === "string") return value;
    throw new AslError("States.Runtime", `The expression '${expression}' of a Fail state must yield a string.`);
  };
  return new AslError(text(state.Error, state.ErrorPath) ?? "", text(state.Cause, state.CausePath));
}
