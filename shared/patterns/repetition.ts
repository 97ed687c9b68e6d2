import { contentHash, sortKeys } from "../core/canonical-json.ts";
import type { AskKind } from "./ask-kind.ts";
import { PATTERN_LIMITS } from "./limits.ts";
import type { Ask } from "./pattern.ts";
import type { PatternRun } from "./pattern-run.ts";

/** Kinds whose answers make progress: an agent that says the same again and again makes none. Votes may well be equal. */
const PROGRESS: ReadonlySet<AskKind> = new Set(["handoff", "produce", "improve", "speak"]);

/** Kinds that everybody is asked in every round, whether or not anything has changed; rounds are counted. */
const ROUNDS: ReadonlySet<AskKind> = new Set(["exchange", "revise"]);

const hashOf = (value: unknown): string => contentHash(JSON.stringify(sortKeys(value))).slice(0, 16);

/** Notes a question in `run`. @returns whether it was put too often already. */
export function isRepetition(run: PatternRun, { role, agent, kind, message, round }: Ask): boolean {
  const hash = hashOf([role, agent ?? null, kind, message, ROUNDS.has(kind) ? round : null]);
  const before = run.asked.find(([known]) => known === hash);
  const times = (before?.[1] ?? 0) + 1;
  if (times > PATTERN_LIMITS.equalAsks) return true;
  run.asked = [...run.asked.filter((one) => one !== before), [hash, times]];
  return false;
}

/** Notes an answer in `run`. @returns whether its agent keeps saying the same where it should make progress. */
export function isSayingTheSame(
  run: PatternRun,
  { kind, role, agent, output }: { kind: AskKind; role: string; agent: string; output: unknown },
): boolean {
  if (!PROGRESS.has(kind)) return false;
  const name = `${role} ${agent}`;
  const hash = hashOf(output);
  const last = run.said.find(([known]) => known === name);
  const times = last?.[1] === hash ? last[2] + 1 : 1;
  run.said = [...run.said.filter((one) => one !== last), [name, hash, times]];
  return times >= PATTERN_LIMITS.equalAnswers;
}
