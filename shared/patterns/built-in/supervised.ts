import * as z from "zod";
import { present } from "../../core/present.ts";
import type { PatternAction } from "../pattern.ts";

/** How a supervisor is configured. */
export const Config = z.strictObject({
  max_subtasks: z.int().min(1).max(50).default(10),
  /** What a result must be given to be accepted; 0: results are not judged. */
  min_quality: z.number().min(0).max(1).default(0.7),
  /** How often a subtask is done again, by another agent where there is one. */
  max_redo: z.int().min(0).max(5).default(1),
  /** How often the goal is split anew when subtasks were given up. */
  replan: z.int().min(0).max(3).default(1),
  on_worker_failure: z.enum(["reassign", "skip", "fail"]).default("reassign"),
});
export type Config = z.infer<typeof Config>;

/** A part of the goal, and how far it is. */
export const Subtask = z.object({
  id: z.string(),
  role: z.string(),
  goal: z.string(),
  acceptance: z.string().optional(),
  /** Places of earlier subtasks: whatever a decomposition says, there is no circle. */
  after: z.array(z.int()),
  standing: z.enum(["waiting", "at_work", "accepted", "given_up"]),
  tries: z.int(),
  output: z.unknown().optional(),
  /** What is being judged, and who made it. */
  judged: z.object({ output: z.unknown(), agent: z.string() }).optional(),
  score: z.number().optional(),
  feedback: z.string().optional(),
  tried: z.array(z.string()),
});
export type Subtask = z.infer<typeof Subtask>;

/** What a supervisor remembers. */
export const State = z.object({
  goal: z.unknown().optional(),
  phase: z.enum(["plan", "work", "synthesize"]),
  /** Decompositions that were asked for. */
  plans: z.int(),
  /** Of all plans; those of the present one begin at `first`. */
  subtasks: z.array(Subtask),
  first: z.int(),
});
export type State = z.infer<typeof State>;

/** A subtask as agents are told of it. */
export const told = ({ id, role, goal, output, score, feedback }: Subtask) => ({
  id,
  role,
  goal,
  result: output ?? null,
  ...(score === undefined ? {} : { score }),
  ...(feedback === undefined ? {} : { feedback }),
});

/** The subtask that a question is about. */
export const subtaskOf = (state: State, id: string): Subtask => present(state.subtasks[Number(id.split(".")[1])]);

/** Whether nothing more is done about it. */
export const isDone = (subtask: Subtask): boolean => subtask.standing === "accepted" || subtask.standing === "given_up";

/** Ends with the results as they are, or fails where there are none. */
export function conclude(state: State, why: string): readonly PatternAction[] {
  const output = outputOf(state);
  return output === undefined ? [{ do: "fail", code: "NoResult", message: why }] : [{ do: "finish", output }];
}

/** What there is by now; nothing without any result. */
export function outputOf({ subtasks, plans }: State): Record<string, unknown> | undefined {
  // What nobody has judged yet is better than nothing.
  const done = subtasks
    .map(({ id, output, judged }) => ({ id, result: output ?? judged?.output ?? null }))
    .filter(({ result }) => result !== null);
  if (done.length === 0) return undefined;
  const standings = subtasks.map(({ id, role, standing, tries, score }) => ({
    id,
    role,
    standing,
    tries,
    ...(score === undefined ? {} : { score }),
  }));
  return { result: done, synthesized: false, plans, subtasks: standings };
}
