import * as z from "zod";
import { NO_POSTERIORS, observeEnding } from "../../../agents/registry/posterior.ts";
import { learn } from "../../../agents/store/profile-store.ts";
import { BUILT_INS } from "../../built-in/built-ins.ts";
import { factOf } from "../../hook-event.ts";
import { failedTry } from "../delivery.ts";
import { type BuiltIn, done, nothingToDo, taskOf } from "./built-in.ts";
import { findTaskOutput } from "./task-output.ts";

const Quality = z.number().min(0).max(1);

/**
 * Lets what a task's output says of its quality, from 0 to 1, count for its agent as one more task that succeeded so far.
 * That the task completed, how long it took and what it cost is learnt without any hook.
 */
export const learnQuality: BuiltIn = async (deps, { event }, args) => {
  const { field } = BUILT_INS.learn.args.parse(args);
  const [task, agentId, capability] = [taskOf(event), factOf(event, "agent_id"), factOf(event, "skill")];
  if (task === undefined || agentId === undefined || capability === undefined) return nothingToDo("no agent did a skill");
  const output = await findTaskOutput(deps, task);
  if (output === undefined) return nothingToDo("the task gave nothing");
  const { data: success } = Quality.safeParse(z.looseObject({}).safeParse(await deps.load(output)).data?.[field]);
  if (success === undefined) return failedTry("NothingToLearn", `the output has no number from 0 to 1 in '${field}'`, false);
  const at = Date.parse(event.timestamp);
  await learn(deps.agents, { tenant: event.tenant, agentId }, [
    {
      eventId: `${task.execution}.${event.event_id}.quality`,
      apply: ({ posteriors = NO_POSTERIORS, ...learnt }) => ({ ...learnt, posteriors: observeEnding(posteriors, { capability, success, at }) }),
    },
  ]);
  return done({ agent_id: agentId, skill: capability, quality: success });
};
