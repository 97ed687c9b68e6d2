import * as z from "zod";
import type { AskKind } from "./ask-kind.ts";

/** What a pattern hears. Time, chance and identity come in this way only. */
export type PatternEvent =
  | { readonly kind: "started"; readonly input: unknown; readonly seed: string }
  | {
      readonly kind: "answered";
      readonly id: string;
      readonly role: string;
      readonly agent: string;
      readonly output: unknown;
    }
  /** After the retries of the task that asked. */
  | {
      readonly kind: "failed";
      readonly id: string;
      readonly role: string;
      readonly agent: string;
      readonly code: string;
    }
  | { readonly kind: "timer"; readonly id: string }
  /** Questions or answers repeat themselves. */
  | { readonly kind: "stalled"; readonly stalls: number }
  /** Nothing is open and nothing was said. */
  | { readonly kind: "idle" }
  /** The last word: only `finish` and `fail` are heard. */
  | { readonly kind: "exhausted"; readonly bound: string };

/** A message to an agent of a role. */
export interface Ask {
  readonly do: "ask";
  /** Used once for ever. */
  readonly id: string;
  readonly role: string;
  readonly kind: AskKind;
  /** What the agent is to know. Neither ids nor counts of rounds: equal messages are taken for repetitions. */
  readonly message: Readonly<Record<string, unknown>>;
  readonly round?: number;
  readonly ofRounds?: number;
  /** This agent and no other. */
  readonly agent?: string | undefined;
  /** Agents to leave out while there are others. */
  readonly exclude?: readonly string[];
  /** Messages of one thread and role are one conversation. @default - the role's */
  readonly thread?: string;
}

/** What a pattern wants done. */
export type PatternAction =
  | Ask
  | { readonly do: "wait"; readonly id: string; readonly seconds: number }
  | { readonly do: "cancel"; readonly id: string }
  | { readonly do: "finish"; readonly output: Readonly<Record<string, unknown>> }
  | { readonly do: "fail"; readonly code: string; readonly message: string };

/** Which roles of a definition play which part. */
export type Members = Readonly<Record<string, readonly string[]>>;

/** How many roles may play a part of a pattern, and what it does. */
export interface MemberRule {
  readonly least: number;
  readonly most: number;
  readonly does: string;
}

/** What is wrong with a configuration, beyond its schema. */
export interface SetupFinding {
  readonly path: readonly (string | number)[];
  readonly message: string;
  readonly remedy: string;
}

/** A pattern as it was configured. */
export interface Setup<Config> {
  readonly config: Config;
  readonly members: Members;
}

/** How agents work together, as its author writes it. */
interface PatternSpec<Config, State> {
  readonly name: string;
  /** Counts changes of the logic: a run keeps to the version that it began with. */
  readonly version: number;
  readonly does: string;
  readonly members: Readonly<Record<string, MemberRule>>;
  readonly config: z.ZodType<Config>;
  readonly state: z.ZodType<State>;
  readonly kinds: readonly AskKind[];
  /** Whether each agent of a role takes part by itself, where a role counts several. */
  readonly countsAgents?: boolean;
  /** The field of what it finishes with that is the task's output. @default - all of it */
  readonly gives?: "result";
  check?(setup: Setup<Config>): readonly SetupFinding[];
  init(setup: Setup<Config>): State;
  /** Changes `state`, which is the step's own, and says what to do. */
  step(state: State, event: PatternEvent, setup: Setup<Config>): readonly PatternAction[];
  /** Most calls that agents which keep to the shapes of answers can make it need. */
  callsBound(setup: Setup<Config>): number;
  /** The same in words, over the fields of the configuration. */
  readonly bound: string;
  /** What is owed when a bound ends it. */
  best(state: State, setup: Setup<Config>): Readonly<Record<string, unknown>> | undefined;
}

/** A pattern with its configuration: pure functions over JSON. */
export interface PreparedPattern {
  readonly callsBound: number;
  /** The field of what it finishes with that is the task's output. @default - all of it */
  readonly gives?: "result" | undefined;
  init(): unknown;
  step(state: unknown, event: PatternEvent): readonly [unknown, readonly PatternAction[]];
  best(state: unknown): Readonly<Record<string, unknown>> | undefined;
}

/**
 * How agents work together: a fold of what is heard into what is done. The host (`host.ts`) owns fuel, identity and the
 * end, so no pattern can run for ever.
 */
export interface Pattern {
  readonly name: string;
  readonly version: number;
  readonly does: string;
  readonly members: Readonly<Record<string, MemberRule>>;
  readonly config: z.ZodType;
  readonly kinds: readonly AskKind[];
  /** Most calls that it can need, in words. */
  readonly bound: string;
  readonly countsAgents: boolean;
  /** Flaws that span fields; `config` has passed its schema. */
  check(config: unknown, members: Members): readonly SetupFinding[];
  /** @throws {z.ZodError} the configuration does not pass the schema. */
  prepare(config: unknown, members: Members): PreparedPattern;
}

/** Makes a pattern of its rules. Configurations and states are read through their schemas whenever they come in. */
export function definePattern<Config, State>(spec: PatternSpec<Config, State>): Pattern {
  const { name, version, does, members: rules, config: schema, kinds, bound, countsAgents = false, gives } = spec;
  return {
    name,
    version,
    does,
    members: rules,
    config: schema,
    kinds,
    bound,
    countsAgents,
    check: (config, members) => spec.check?.({ config: schema.parse(config), members }) ?? [],
    prepare: (config, members) => {
      const setup = { config: schema.parse(config), members };
      return {
        callsBound: spec.callsBound(setup),
        gives,
        init: () => spec.init(setup),
        step: (before, event) => {
          const state = spec.state.parse(before);
          const actions = spec.step(state, event, setup);
          return [state, actions];
        },
        best: (state) => spec.best(spec.state.parse(state), setup),
      };
    },
  };
}
