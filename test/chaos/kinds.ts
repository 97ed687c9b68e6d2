/** The workflows of the crash campaign. */
import * as z from "zod";
import type { Kind, Random } from "./kind.ts";
import { STEERING } from "./kinds-of-steering.ts";
import { TROUBLE } from "./kinds-of-trouble.ts";
import { WORK } from "./kinds-of-work.ts";

/**
 * Every kind there is, its details drawn by `random`.
 *
 * @param isQuick Leaves out what takes half a minute to find out although nothing was killed: agents that take a message
 * and break the connection, and such as finish without a word.
 */
export const drawKinds = (random: Random, isQuick: boolean): readonly Kind[] =>
  [...WORK, ...TROUBLE, ...STEERING].map((make) => {
    const kind = make(random);
    return isQuick ? { ...kind, tasks: kind.tasks.map(calmed) } : kind;
  });

const Behaved = z.looseObject({ input: z.looseObject({ behaviour: z.enum(["close", "poll"]) }) });

function calmed(task: object): object {
  const { data } = Behaved.safeParse(task);
  return data === undefined ? task : { ...data, input: { ...data.input, behaviour: "task" } };
}

/** Longer than a campaign takes on a busy machine: what a deadline ends is tried again, and so done twice. */
const PATIENCE_SECONDS = 3600;

/** The wire form of a kind. */
export const workflowOf = ({ name, tasks, more }: Kind): object => ({
  workflow: {
    name,
    version: "1.0",
    agents: {
      worker: { type: "loopback", capabilities: ["steady"] },
      faulty: { type: "loopback", capabilities: ["faulty"] },
      mortal: { type: "loopback", capabilities: ["mortal"] },
      literal: { type: "loopback", capabilities: ["literal"] },
    },
    tasks: tasks.map((task) => ("agent" in task ? { timeout: PATIENCE_SECONDS, ...task } : task)),
    ...more,
  },
});
