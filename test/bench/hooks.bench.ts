/**
 * Microseconds per event to find its hooks among 500 of one trigger: patterns that are plain texts, and patterns that are
 * all regular expressions; and what an event costs a tenant without hooks. The answers are compared with asking each hook
 * by itself first. Run: `npm run bench:hooks`.
 */
import { isDeepStrictEqual } from "node:util";
import { RE2JS } from "re2js";
import { announceToHooks } from "../../shared/hooks/delivery/announce.ts";
import { Hook } from "../../shared/hooks/hook.ts";
import { type HookEvent, lineOf } from "../../shared/hooks/hook-event.ts";
import { compileHooks } from "../../shared/hooks/hook-matcher.ts";
import { median } from "./measure.ts";

const HOOKS = 500;
const EVENTS = 4096;
const ROUNDS = 7;
const AT = "2026-11-21T10:00:00.000Z";
/** `loose`: regular expressions that hold no text which a line would have to contain. */
const TARGETS = { literal: 20, regex: 250, loose: 250 } as const;

/** The same numbers in every run: 0 to `below` − 1. */
const drawOf = (seed: number, below: number): number => (Math.imul(seed ^ (seed >>> 15), 2_654_435_769) >>> 8) % below;

const PATTERNS: Readonly<Record<keyof typeof TARGETS, (index: number) => string>> = {
  literal: (index) => `report-${index}-of`,
  regex: (index) =>
    [
      `^task\\.completed .*(report|audit)-${index}-`,
      `step_\\d+_${index}$`,
      `(fetch|merge|clean)[a-z]*-${index} `,
      `agent-[0-9]{1,3}x${index}`,
      `.*analysis${index}.*`,
    ][index % 5] ?? "",
  loose: (index) => [`[a-f]{2}\\d+[${index % 10}x]`, `\\d${index}\\d*-?[a-z]$`, `^\\w+\\.\\w+ [a-m]\\w+-${index}?`, `[^ ]+ [^ ]+ [^ ]*[${index % 10}] `][index % 4] ?? "",
};

const hookOf = (event_pattern: string, index: number): Hook =>
  Hook.parse({
    hook_id: `hook_${index}`,
    name: `hook ${index}`,
    trigger: "post_task",
    severity: "warning",
    timeout_seconds: 30,
    action: { type: "webhook", url: "https://hooks.example.com/in" },
    retry_policy: {},
    event_pattern,
    created_at: AT,
    created_by: "bench",
    updated_at: AT,
    updated_by: "bench",
  });

const events = Array.from({ length: EVENTS }, (_, seed): HookEvent => {
  const facts = { task_id: `report-${drawOf(seed, 900)}-of-${drawOf(seed + 7, 5000)}`, agent_id: `agent-${drawOf(seed, 200)}`, skill: `skill-${drawOf(seed, 40)}`, status: "success" };
  return { event_id: `e${seed}`, type: "task.completed", tenant: "acme", timestamp: AT, execution_id: `exec_${seed}`, facts };
});

/** Microseconds of CPU per event: of the first round, whose lines are all new, and the median of all. */
function measure(work: (event: HookEvent) => unknown): { first: number; usual: number } {
  const rounds = Array.from({ length: ROUNDS }, () => {
    const from = process.cpuUsage();
    for (const event of events) work(event);
    const { user, system } = process.cpuUsage(from);
    return (user + system) / EVENTS;
  });
  return { first: rounds[0] ?? 0, usual: median(rounds) };
}

let failed = false;
for (const kind of ["literal", "regex", "loose"] as const) {
  const hooks = Array.from({ length: HOOKS }, (_, index) => hookOf(PATTERNS[kind](index), index));
  const matcher = await compileHooks(hooks);
  const each = hooks.map(({ hook_id: id, event_pattern: pattern = "" }) => ({ id, regex: RE2JS.compile(pattern) }));
  for (const event of events.slice(0, 200)) {
    const found = matcher.match(event, ["post_task"]).map(({ hook_id: id }) => id);
    const wanted = each.filter(({ regex }) => regex.test(lineOf(event))).map(({ id }) => id);
    if (!isDeepStrictEqual(new Set(found), new Set(wanted))) throw new Error(`${lineOf(event)}: ${found.join()} instead of ${wanted.join()}`);
  }
  const { first, usual } = measure((event) => matcher.match(event, ["post_task"]));
  failed ||= first > TARGETS[kind];
  console.log(`${HOOKS} ${kind} patterns: ${first.toFixed(1)} µs per event that is new, ${usual.toFixed(1)} usually (target ${TARGETS[kind]})`);
}

const nobody = { has: () => false, matcher: () => compileHooks([]) };
const from = process.cpuUsage();
for (let round = 0; round < ROUNDS; round += 1) await announceToHooks({ hooks: async () => nobody, order: async () => {} }, events);
const { user, system } = process.cpuUsage(from);
console.log(`no hooks: ${((user + system) / EVENTS / ROUNDS).toFixed(2)} µs per event`);
process.exitCode = failed ? 1 : 0;
