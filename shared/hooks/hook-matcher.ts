import { patternOf } from "../events/event-pattern.ts";
import { type Hook, inOrder } from "./hook.ts";
import { envelopeOf, type HookEvent, lineOf } from "./hook-event.ts";
import { HOOK_LIMITS } from "./limits.ts";
import { searchTexts } from "./text-search.ts";
import type { HookTrigger } from "./trigger.ts";

/** Finds the hooks of an event. */
export interface HookMatcher {
  /** Those of the triggers whose pattern and filter the event fits, in the order in which they run. */
  match(event: HookEvent, triggers: readonly HookTrigger[]): readonly Hook[];
}

/** Finds the hooks of one trigger whose pattern a line contains. */
type Bucket = (line: string) => readonly Hook[];

/**
 * Compiles a tenant's enabled hooks: per trigger one automaton of those patterns that are plain texts, and a few of the
 * others, so an event costs some walks along its line, however many hooks there are (`npm run bench:hooks`).
 */
export async function compileHooks(hooks: readonly Hook[]): Promise<HookMatcher> {
  const byTrigger = Map.groupBy(hooks.filter(({ enabled }) => enabled), ({ trigger }) => trigger);
  const made = [...byTrigger].map(async ([trigger, own]) => [trigger, await bucketOf(own)] as const);
  const buckets = new Map(await Promise.all(made));
  return {
    match: (event, triggers) => {
      const pulled = triggers.flatMap((trigger) => buckets.get(trigger) ?? []);
      if (pulled.length === 0) return [];
      const line = lineOf(event);
      const found = pulled.flatMap((bucket) => bucket(line));
      return found.filter((hook) => passesFilter(hook, event)).sort(inOrder);
    },
  };
}

/** Nothing in it means anything to a regular expression but itself. */
const PLAIN = /^[^\\^$.|?*+()[\]{}]+$/;

async function bucketOf(hooks: readonly Hook[]): Promise<Bucket> {
  const { always = [], plain = [], regex = [] } = Object.groupBy(hooks, ({ event_pattern: pattern }) =>
    pattern === undefined ? "always" : PLAIN.test(pattern) ? "plain" : "regex",
  );
  const parts = [
    ...(plain.length === 0 ? [] : [named(plain, searchTexts(patternsOf(plain)))]),
    ...(regex.length === 0 ? [] : await regexSets(regex)),
  ];
  return (line) => [...always, ...parts.flatMap((part) => part(line))];
}

const patternsOf = (hooks: readonly Hook[]): readonly string[] => hooks.map(({ event_pattern: pattern = "" }) => pattern);

const named =
  (hooks: readonly Hook[], search: (line: string) => readonly number[]): Bucket =>
  (line) =>
    search(line).flatMap((index) => hooks[index] ?? []);

/** Of each automaton so many patterns: with more it has to be built anew for every kind of line. */
async function regexSets(hooks: readonly Hook[]): Promise<readonly Bucket[]> {
  // Only functions that meet a regular expression load the engine: it lies beside the bundle (`infra/bundle.ts`).
  const { RE2Set } = await import("re2js");
  const size = HOOK_LIMITS.patternsPerAutomaton;
  const groups = Array.from({ length: Math.ceil(hooks.length / size) }, (_, index) => hooks.slice(index * size, (index + 1) * size));
  return groups.map((group) => {
    const set = new RE2Set(RE2Set.UNANCHORED, 0, HOOK_LIMITS.automatonBytes);
    for (const pattern of patternsOf(group)) set.add(pattern);
    set.compile();
    return named(group, (line) => set.match(line));
  });
}

const passesFilter = ({ event_filter: filter }: Hook, event: HookEvent): boolean =>
  filter === undefined || patternOf(filter)(envelopeOf(event));
