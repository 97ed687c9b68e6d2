import * as z from "zod";
import { present } from "../../core/present.ts";
import type { Ask, PatternAction, PatternEvent } from "../pattern.ts";

/** A partition, and how far it is. */
const Part = z.object({
  standing: z.enum(["left", "at_work", "done", "lost"]),
  tries: z.int(),
  failures: z.int(),
  /** Questions that are open. */
  open: z.array(z.string()),
  /** Agents that failed at it. */
  tried: z.array(z.string()),
  result: z.unknown().optional(),
});
type Part = z.infer<typeof Part>;

/** Work that is done partition by partition. */
export const Dividing = z.object({
  mode: z.literal("partitions"),
  objective: z.unknown().optional(),
  parts: z.array(Part),
  asked: z.int(),
});
export type Dividing = z.infer<typeof Dividing>;

/** What of a configuration such work goes by. */
export interface Division {
  readonly parts: number;
  /** Partitions that are under way at a time. */
  readonly agents: number;
  /** Share of the partitions whose results are enough. */
  readonly threshold: number;
  readonly redo: number;
  readonly speculates: boolean;
  readonly worker: string;
}

type Heard = Extract<PatternEvent, { kind: "answered" | "failed" }>;

/** Gives out the first partitions. */
export function beginDivision(division: Division, objective: unknown): readonly [Dividing, readonly PatternAction[]] {
  const parts = Array.from({ length: division.parts }, () => ({ standing: "left" as const, tries: 0, failures: 0, open: [], tried: [] }));
  const state: Dividing = { mode: "partitions", objective, parts, asked: 0 };
  return [state, giveOut(state, division)];
}

/** Hears what a partition came to, and gives out what comes next: whoever is done first gets more. */
export function hearPart(state: Dividing, division: Division, event: Heard): { readonly actions: readonly PatternAction[]; readonly isOver: boolean } {
  const place = Number(present(event.id.split(".")[1]));
  const part = present(state.parts[place]);
  part.open = part.open.filter((id) => id !== event.id);
  const off: PatternAction[] = event.kind === "answered" ? part.open.map((id) => ({ do: "cancel", id })) : [];
  if (event.kind === "answered") Object.assign(part, { standing: "done", result: event.output, open: [] });
  else failAt(part, division, event.agent);
  const isOver = shareDone(state) >= division.threshold || state.parts.every(({ standing }) => standing === "done" || standing === "lost");
  return { actions: isOver ? [] : [...off, ...giveOut(state, division)], isOver };
}

function failAt(part: Part, { redo }: Division, agent: string): void {
  part.failures += 1;
  if (agent !== "") part.tried.push(agent);
  if (part.open.length === 0) part.standing = part.failures > redo ? "lost" : "left";
}

/** Partitions that nobody works on, first those that were never tried; then, where that is wanted, second copies of the oldest. */
function giveOut(state: Dividing, division: Division): Ask[] {
  const parts = [...state.parts.entries()];
  const room = division.agents - parts.reduce((sum, [, { open }]) => sum + open.length, 0);
  const left = parts.filter(([, { standing }]) => standing === "left").sort(([, a], [, b]) => a.tries - b.tries);
  const isSlow = ({ standing, open, failures, tries }: Part): boolean =>
    standing === "at_work" && open.length === 1 && failures <= division.redo && tries === failures + 1;
  const slow = division.speculates && left.length < room ? parts.filter(([, part]) => isSlow(part)) : [];
  return [...left, ...slow].slice(0, Math.max(0, room)).map(([place]) => ask(state, division, place));
}

function ask(state: Dividing, { parts, worker }: Division, place: number): Ask {
  const part = present(state.parts[place]);
  part.standing = "at_work";
  part.tries += 1;
  const id = `part.${place}.${part.tries}`;
  part.open.push(id);
  state.asked += 1;
  return {
    do: "ask",
    id,
    role: worker,
    kind: "partition",
    message: { objective: state.objective, partition: place, of: parts, ...(part.tries > 1 ? { attempt: part.tries } : {}) },
    exclude: part.tried,
    thread: `partition ${place}`,
  };
}

/** Share of the partitions that have a result. */
export const shareDone = ({ parts }: Dividing): number => parts.filter(({ standing }) => standing === "done").length / parts.length;

/** What there is by now; nothing before the first result. */
export function divided(state: Dividing) {
  const done = state.parts.filter(({ standing }) => standing === "done").length;
  if (done === 0) return undefined;
  const missing = [...state.parts.entries()].flatMap(([place, { standing }]) => (standing === "done" ? [] : [place]));
  return {
    result: state.parts.map(({ result }) => result ?? null),
    convergence: shareDone(state),
    partitions: state.parts.length,
    missing,
    calls: state.asked,
  };
}
