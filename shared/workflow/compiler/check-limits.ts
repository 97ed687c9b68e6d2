import { AWS_QUOTAS } from "../../core/limits.ts";
import { HISTORY_EVENTS, WORKFLOW_LIMITS } from "../limits.ts";
import { type Branch, Machine, RESOURCES, type State } from "./asl.ts";

/** One limit of Step Functions that a machine passes, or a rule of ours that it breaks. */
export interface LimitBreach {
  readonly limit:
    | "definition-bytes"
    | "history-events"
    | "payload-bytes"
    | "name-characters"
    | "name-unique"
    | "parallel-depth"
    | "transition"
    | "account-arn";
  readonly detail: string;
}

/** The largest reference to a run: tenant 32, execution 45, hash 64, URL of a queue, keys. */
const RUN_REFERENCE_BYTES = 512;

/**
 * Checks a machine's text against every limit that creation or a run without retries could meet.
 *
 * @throws {z.ZodError} the text is not a machine of the kind the compiler writes.
 */
export function checkLimits(asl: string): LimitBreach[] {
  const { stepFunctions } = AWS_QUOTAS;
  const survey = new Survey();
  survey.visitBranch(Machine.parse(JSON.parse(asl)), 0);
  const events = survey.events + HISTORY_EVENTS.execution;
  const bytes = Buffer.byteLength(asl);
  const totals: LimitBreach[] = [];
  if (bytes > stepFunctions.definitionBytes) totals.push({ limit: "definition-bytes", detail: `${bytes} bytes` });
  if (events > stepFunctions.historyEvents) totals.push({ limit: "history-events", detail: `${events} events` });
  if (/:\d{12}:/.test(asl))
    totals.push({ limit: "account-arn", detail: "the text names an account; use a placeholder" });
  return [...totals, ...survey.breaches];
}

/** Walks all states of a machine, those of branches included: names share one space. */
class Survey {
  readonly breaches: LimitBreach[] = [];
  events = 0;
  readonly #names = new Set<string>();

  /** Returns the size of the branch's output. */
  visitBranch(branch: Branch, depth: number): number {
    const reached = new Set([branch.StartAt]);
    let output = 0;
    for (const [name, state] of Object.entries(branch.States)) {
      this.#checkName(name);
      if (state.Next !== undefined) reached.add(state.Next);
      if ((state.Next === undefined) !== (state.End === true)) this.#breach("transition", `${name} needs Next or End`);
      const result = this.#visitState(name, state, depth);
      if (result > AWS_QUOTAS.stepFunctions.payloadBytes)
        this.#breach("payload-bytes", `${name} returns ${result} bytes`);
      if (state.End === true) output = outputBytes(state, result);
    }
    const states = new Set(Object.keys(branch.States));
    for (const name of [...reached, ...states]) {
      if (reached.has(name) && states.has(name)) continue;
      this.#breach("transition", `${name} is missing or unreachable`);
    }
    return output;
  }

  #visitState(name: string, state: State, depth: number): number {
    if (state.Type === "Task") {
      const nested = state.Resource === RESOURCES.nestedExecution;
      this.events += nested ? HISTORY_EVENTS.nestedExecution : HISTORY_EVENTS.tokenTask;
      const sent = JSON.stringify(state.Parameters ?? {}).length + RUN_REFERENCE_BYTES;
      if (sent > AWS_QUOTAS.stepFunctions.payloadBytes) this.#breach("payload-bytes", `${name} sends ${sent} bytes`);
      return RUN_REFERENCE_BYTES;
    }
    this.events += HISTORY_EVENTS.parallel;
    // One level more than planning allows: splitting may bundle branches into a Parallel of its own.
    if (depth > WORKFLOW_LIMITS.parallelDepth) this.#breach("parallel-depth", `${name} is ${depth + 1} Parallel states deep`);
    return (state.Branches ?? []).reduce((sum, branch) => sum + 1 + this.visitBranch(branch, depth + 1), 2);
  }

  #checkName(name: string): void {
    const { nameCharacters } = AWS_QUOTAS.stepFunctions;
    if (name.length === 0 || name.length > nameCharacters)
      this.#breach("name-characters", `"${name}" has ${name.length}`);
    if (this.#names.has(name)) this.#breach("name-unique", `"${name}" stands twice`);
    this.#names.add(name);
  }

  #breach(limit: LimitBreach["limit"], detail: string): void {
    this.breaches.push({ limit, detail });
  }
}

function outputBytes(state: State, resultBytes: number): number {
  if (state.OutputPath === null) return 2;
  return state.ResultPath === null ? RUN_REFERENCE_BYTES : resultBytes;
}
