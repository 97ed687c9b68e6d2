import * as z from "zod";
import { ServiceError } from "./asl-error.ts";
import { flowProblems, stateProblems, type Problem } from "./definition-checks.ts";
import { parseJson } from "./json.ts";
import { LIMITS } from "./limits.ts";
import { StateSchema, type State } from "./state-schema.ts";

/** A flow of states: the machine itself, a branch of a Parallel state, or the processor of a Map state. */
export interface Flow {
  readonly startAt: string;
  readonly states: ReadonlyMap<string, State>;
  /** Flows nested in a state, as indexes into `Definition.flows`, by the name of the state. */
  readonly nested: ReadonlyMap<string, readonly number[]>;
  /** Items run as executions of their own: the processor of a distributed Map. */
  readonly isDistributed: boolean;
}

/** A parsed definition. Flow 0 is the machine itself; frames name their flow by index. */
export interface Definition {
  readonly flows: readonly Flow[];
  readonly timeoutSeconds: number | undefined;
}

/** One finding, in the shape `ValidateStateMachineDefinition` answers. */
export interface Diagnostic {
  readonly severity: "ERROR";
  readonly code: string;
  readonly message: string;
  readonly location: string;
}

const RawFlow = z.strictObject({
  Comment: z.string().optional(),
  QueryLanguage: z.literal("JSONPath").optional(),
  Version: z.literal("1.0").optional(),
  StartAt: z.string(),
  States: z.record(z.string().min(1).max(80), z.unknown()),
  TimeoutSeconds: z.int().min(1).max(99_999_999).optional(),
  ProcessorConfig: z
    .strictObject({
      Mode: z.enum(["INLINE", "DISTRIBUTED"]).default("INLINE"),
      ExecutionType: z.literal("STANDARD").optional(),
    })
    .optional(),
});

/** Parses a definition, or lists everything that is wrong with it. */
export function checkDefinition(text: string): { definition?: Definition; diagnostics: readonly Diagnostic[] } {
  if (Buffer.byteLength(text) > LIMITS.definitionBytes) {
    return {
      diagnostics: [diagnostic({ code: "DEFINITION_TOO_LARGE", at: "", message: "the definition exceeds 1 MB" })],
    };
  }
  let raw: unknown;
  try {
    raw = parseJson(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return { diagnostics: [diagnostic({ code: "INVALID_JSON_DESCRIPTION", at: "", message: error.message })] };
  }
  const parser = new DefinitionParser();
  parser.addFlow(raw, "");
  if (parser.problems.length > 0) return { diagnostics: parser.problems.map((problem) => diagnostic(problem)) };
  return { definition: { flows: parser.flows, timeoutSeconds: parser.timeoutSeconds }, diagnostics: [] };
}

/** @throws {ServiceError} `InvalidDefinition`, naming every state and field at fault. */
export function parseDefinition(text: string): Definition {
  const { definition, diagnostics } = checkDefinition(text);
  if (definition !== undefined) return definition;
  const found = diagnostics.map(({ code, message, location }) => `${code}: ${message} at ${location}`);
  throw new ServiceError("InvalidDefinition", `Invalid State Machine Definition: '${found.join(", ")}'`);
}

const diagnostic = ({ code, message, at }: Problem): Diagnostic => ({
  severity: "ERROR",
  code,
  message,
  location: at === "" ? "/" : at,
});

class DefinitionParser {
  readonly flows: Flow[] = [];
  readonly problems: Problem[] = [];
  timeoutSeconds: number | undefined;
  readonly #names = new Set<string>();

  /** Parses one flow and those inside it; returns its index. */
  addFlow(raw: unknown, at: string): number {
    const index = this.flows.length;
    const states = new Map<string, State>();
    const nested = new Map<string, readonly number[]>();
    const parsed = RawFlow.safeParse(raw);
    const isDistributed = parsed.data?.ProcessorConfig?.Mode === "DISTRIBUTED";
    this.flows.push({ startAt: parsed.data?.StartAt ?? "", states, nested, isDistributed });
    if (!parsed.success) {
      this.#report(parsed.error, at);
      return index;
    }
    if (index === 0) this.timeoutSeconds = parsed.data.TimeoutSeconds;
    const before = this.problems.length;
    for (const [name, state] of Object.entries(parsed.data.States)) {
      const valid = this.#parseState(name, state, `${at}/States/${name}`);
      if (valid === undefined) continue;
      states.set(name, valid);
      nested.set(name, this.#addNested(valid, `${at}/States/${name}`));
    }
    if (this.problems.length === before) this.problems.push(...flowProblems(parsed.data.StartAt, states, at));
    return index;
  }

  #parseState(name: string, raw: unknown, at: string): State | undefined {
    if (this.#names.has(name)) {
      this.problems.push({ code: "DUPLICATE_STATE_NAME", message: `the state name '${name}' is used twice`, at });
    }
    this.#names.add(name);
    const parsed = StateSchema.safeParse(raw);
    if (parsed.success) {
      this.problems.push(...stateProblems(parsed.data, at));
      return parsed.data;
    }
    this.#report(parsed.error, at);
    return undefined;
  }

  #addNested(state: State, at: string): number[] {
    if (state.Type === "Parallel") {
      return state.Branches.map((branch, index) => this.addFlow(branch, `${at}/Branches[${index}]`));
    }
    if (state.Type !== "Map") return [];
    if (state.ItemProcessor !== undefined) return [this.addFlow(state.ItemProcessor, `${at}/ItemProcessor`)];
    return state.Iterator === undefined ? [] : [this.addFlow(state.Iterator, `${at}/Iterator`)];
  }

  #report(error: z.ZodError, at: string): void {
    for (const issue of error.issues) {
      const inside: unknown = issue.code === "custom" ? issue.params?.["at"] : undefined;
      const path = issue.path.map((step) => (typeof step === "number" ? `[${step}]` : `/${String(step)}`)).join("");
      const place = `${at}${path}${typeof inside === "string" ? inside : ""}`;
      this.problems.push({ code: "SCHEMA_VALIDATION_FAILED", message: explain(issue), at: place });
    }
  }
}

function explain(issue: z.core.$ZodIssue): string {
  if (issue.path.at(-1) === "QueryLanguage") return "JSONata is not supported by this engine: use JSONPath";
  if (issue.code === "unrecognized_keys") return `unsupported field ${issue.keys.map((key) => `'${key}'`).join(", ")}`;
  return issue.message;
}
