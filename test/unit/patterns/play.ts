import { hear } from "../../../shared/patterns/host.ts";
import type { Effect, Heard, LoggedStep } from "../../../shared/patterns/heard.ts";
import type { Ask, PreparedPattern } from "../../../shared/patterns/pattern.ts";
import { beginPattern, PatternRun } from "../../../shared/patterns/pattern-run.ts";
import { planPattern, type Roles } from "../../../shared/patterns/planned-pattern.ts";
import { findPattern } from "../../../shared/patterns/built-ins.ts";

const AT = "2026-11-21T10:00:00.000Z";

/** What an agent does with a question: an answer, or a failure by its code. */
export type Say = { readonly output: unknown; readonly agent?: string } | { readonly fails: string; readonly agent?: string };

/** An open question as the agent sees it. */
export interface Question extends Ask {
  readonly n: number;
  /** What was wrong with the answer before. */
  readonly finding?: string;
}

/** A run that was played to its end, or until nothing more was said. */
export interface Played {
  readonly run: PatternRun;
  readonly log: readonly Heard[];
  readonly steps: readonly LoggedStep[];
  /** Questions in the order they were put. */
  readonly asked: readonly Question[];
  readonly effects: readonly Effect[];
}

/** Plays a pattern with agents of chance or rule; `pick` says which of the open questions is answered next. */
export function play(
  pattern: PreparedPattern,
  answer: (question: Question, count: number) => Say,
  { fuel = pattern.callsBound, input = "the goal", pick = () => 0 }: { fuel?: number; input?: unknown; pick?: (open: number) => number } = {},
): Played {
  let run = beginPattern(pattern, { fuel });
  const log: Heard[] = [];
  const steps: LoggedStep[] = [];
  const effects: Effect[] = [];
  const asked: Question[] = [];
  const open = new Map<number, Question | "timer">();
  const take = (heard: Heard): void => {
    log.push(heard);
    const turned = hear(pattern, run, heard);
    // As from its row.
    run = PatternRun.parse(JSON.parse(JSON.stringify(turned.run)));
    steps.push(...turned.steps);
    effects.push(...turned.effects);
    for (const effect of turned.effects) {
      if (effect.do === "ask") open.set(effect.n, { ...effect.ask, n: effect.n });
      if (effect.do === "wait") open.set(effect.n, "timer");
      if (effect.do === "cancel") open.delete(effect.n);
      const before = effect.do === "repeat" ? asked.find(({ n }) => n === effect.of) : undefined;
      if (effect.do === "repeat" && before !== undefined) open.set(effect.n, { ...before, n: effect.n, finding: effect.finding });
    }
  };
  take({ kind: "started", input, seed: "seed", at: AT });
  while (open.size > 0) {
    const [n, question] = [...open][pick(open.size) % open.size] ?? [0, "timer" as const];
    open.delete(n);
    if (question === "timer") {
      take({ kind: "timer", n, at: AT });
      continue;
    }
    asked.push(question);
    const said = answer(question, asked.length);
    const agent = said.agent ?? `${question.role}-agent`;
    take("fails" in said ? { kind: "failed", n, agent, code: said.fails, at: AT } : { kind: "answered", n, agent, output: said.output, at: AT });
  }
  return { run, log, steps, asked, effects };
}

/** A built-in as a definition uses it. */
export function prepared(name: string, { roles, members = {}, config = {} }: { roles: Roles; members?: Record<string, string[]>; config?: object }): PreparedPattern {
  const { planned, findings } = planPattern({ name, members, config: { ...config } }, roles);
  if (planned === undefined) throw new Error(JSON.stringify(findings));
  const pattern = findPattern(name);
  if (pattern === undefined) throw new Error(`there is no ${name}`);
  return pattern.prepare(planned.config, planned.members);
}

/** Roles of one agent each. */
export const rolesNamed = (...names: string[]): Roles => Object.fromEntries(names.map((name) => [name, { count: 1 }]));

/** What a run came to. */
export const outputOf = ({ run }: Played): unknown => (run.end?.do === "finish" ? run.end.output : run.end);

/** The same log heard again. */
export function replay(pattern: PreparedPattern, fuel: number, log: readonly Heard[]): PatternRun {
  return log.reduce((run, heard) => hear(pattern, run, heard).run, beginPattern(pattern, { fuel }));
}
