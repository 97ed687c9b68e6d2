import type { Ask, PatternEvent } from "./pattern.ts";
import type { PatternRun } from "./pattern-run.ts";

/** What happened to an instance, or to the pattern as a whole. `at`: when, ISO 8601. */
export type Heard = { readonly at: string } & (
  | { readonly kind: "started"; readonly input: unknown; readonly seed: string }
  | { readonly kind: "answered"; readonly n: number; readonly agent: string; readonly output: unknown }
  | { readonly kind: "failed"; readonly n: number; readonly agent: string; readonly code: string }
  | { readonly kind: "timer"; readonly n: number }
  | { readonly kind: "exhausted"; readonly bound: string }
);

/** What is to be done. `n` numbers instances. */
export type Effect =
  | { readonly do: "ask"; readonly n: number; readonly ask: Ask }
  /** The question of instance `of` again, with what was wrong with its answer. */
  | { readonly do: "repeat"; readonly n: number; readonly of: number; readonly finding: string }
  | { readonly do: "wait"; readonly n: number; readonly until: string }
  | { readonly do: "cancel"; readonly n: number };

/** One step, for the log: what was heard, what was begun, what was refused. No payloads. */
export interface LoggedStep {
  readonly event: PatternEvent["kind"];
  readonly id?: string;
  readonly actions: readonly string[];
  readonly refused: readonly string[];
}

/** What came of something that was heard. */
export interface Turned {
  readonly run: PatternRun;
  readonly effects: readonly Effect[];
  readonly steps: readonly LoggedStep[];
}
