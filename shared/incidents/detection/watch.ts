/**
 * Judges what a pass found, against what earlier passes found.
 *
 * 1. Time counts only as far as it was seen: of a gap between passes, and of a jump of the clock, no more than
 *    `INCIDENT_LIMITS.seenSeconds`; of a clock that went back, nothing.
 * 2. A judgement made twice is one: it depends on what it is given alone, and who keeps the memory keeps it on condition
 *    that it is the one that was read.
 */
import * as z from "zod";
import { present } from "../../core/present.ts";
import type { Incident } from "../incident.ts";
import { quietMs } from "../incident-moves.ts";
import { INCIDENT_LIMITS } from "../limits.ts";
import type { AlertRule } from "../rules/alert-rule.ts";
import type { Finding } from "../rules/signs.ts";

/** How something stands, and for how long it was seen to stand so. */
const Seen = z.object({ state: z.enum(["wrong", "between", "well"]), ms: z.number().nonnegative() });
type Seen = z.output<typeof Seen>;

/** What passes remember, by fingerprint. */
export const WatchMemory = z.object({ at: z.iso.datetime(), seen: z.record(z.string(), Seen) });
export type WatchMemory = z.output<typeof WatchMemory>;

/** What a rule found, under its fingerprint. */
export interface Found {
  readonly fingerprint: string;
  readonly rule: AlertRule;
  readonly finding: Finding;
}

/** What is to be done after a pass. */
export interface Judgement {
  readonly memory: WatchMemory;
  /** New trouble, or the same again. */
  readonly wrong: readonly Found[];
  /** Fingerprints of open incidents whose cause has been gone for long enough. */
  readonly well: readonly string[];
}

/** An open incident of a rule. */
export type OpenIncident = Pick<Incident, "fingerprint" | "rule" | "reopened_at">;

const seenBetween = (before: string | undefined, now: number): number =>
  before === undefined ? 0 : Math.min(Math.max(0, now - Date.parse(before)), INCIDENT_LIMITS.seenSeconds * 1000);

/** What a pass has found, and the open incidents that it is about. */
export interface Pass {
  readonly found: readonly Found[];
  readonly open: readonly OpenIncident[];
  readonly holdsSecondsOf: (rule: string) => number;
  /** Well for so long before an incident resolves itself that was not reopened lately. */
  readonly quietSeconds: number;
  readonly now: number;
}

/** Judges a pass. */
export function judge(memory: WatchMemory | undefined, { found, open, holdsSecondsOf, quietSeconds, now }: Pass): Judgement {
  const passed = seenBetween(memory?.at, now);
  const stands = (fingerprint: string, state: Seen["state"]): Seen => {
    const before = memory?.seen[fingerprint];
    return { state, ms: before?.state === state ? before.ms + passed : 0 };
  };
  const isOpen = new Set(open.map(({ fingerprint }) => fingerprint));
  const wrong = new Map(found.map(({ fingerprint, finding }) => [fingerprint, stands(fingerprint, finding.state === "breached" ? "wrong" : "between")]));
  const well = new Map(open.flatMap(({ fingerprint = "" }) => (wrong.has(fingerprint) ? [] : [[fingerprint, stands(fingerprint, "well")] as const])));
  const lasts = ({ fingerprint, rule }: Found): boolean => {
    const { state, ms } = present(wrong.get(fingerprint));
    return state === "wrong" && ms >= rule.holdsSeconds * 1000 && !isOpen.has(fingerprint);
  };
  const isOver = ({ fingerprint = "", rule = "", ...incident }: OpenIncident): boolean =>
    (well.get(fingerprint)?.ms ?? -1) >= quietMs(incident, { holdsSeconds: holdsSecondsOf(rule), quietSeconds, now });
  return {
    memory: { at: new Date(now).toISOString(), seen: Object.fromEntries([...wrong, ...well]) },
    wrong: found.filter(lasts),
    well: open.filter(isOver).flatMap(({ fingerprint = [] }) => fingerprint),
  };
}
