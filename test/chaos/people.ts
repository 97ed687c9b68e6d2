/** Those who steer runs while the cloud comes and goes. */
import { setTimeout as sleep } from "node:timers/promises";
import * as z from "zod";
import type { Run, World } from "./world.ts";

const LOOK_MS = 300;
const Inbox = z.object({ items: z.array(z.object({ execution_id: z.string(), workflow_id: z.string(), task_id: z.string() })) });
const Head = z.object({ status: z.string() });

/** Decides whatever waits for a person, as its workflow's kind says, until the campaign is over. */
export async function decideForever({ client, kinds, signal }: World): Promise<void> {
  const acts = new Map(kinds.flatMap(({ name, steering }) => (steering === "approve" || steering === "reject" ? [[name, steering] as const] : [])));
  while (!signal.aborted) {
    try {
      const { items } = Inbox.parse(await client.expect(200, "GET", "/api/v1/inbox?kind=approval&limit=100"));
      for (const { execution_id: id, workflow_id: workflow, task_id: task } of items) {
        const act = acts.get(workflow);
        if (act !== undefined) await client.call("POST", `/api/v1/executions/${id}/tasks/${task}/${act}`, { reason: "the campaign says so" });
      }
    } catch (error) {
      if (!signal.aborted) throw error;
    }
    await sleep(LOOK_MS);
  }
}

/**
 * Does to a run what its kind asks for. A 409 is an answer: the run was elsewhere already.
 *
 * @returns what was answered that should not have been.
 */
export async function steer(world: World, { id, kind }: Run): Promise<string | undefined> {
  const { plan } = world;
  const pause = (): Promise<void> => sleep((id.charCodeAt(8) % 10) * (plan.lifeMs / 10));
  try {
    switch (kind.steering) {
      case "pause":
        await pause();
        return (await act(world, id, "pause")) ?? (await pause(), await act(world, id, "resume"));
      case "boost":
        await pause();
        return await act(world, id, "priority_boost");
      case "cancel":
        await pause();
        return await act(world, id, "cancel");
      case "redrive":
        await failed(world, id);
        return await act(world, id, "redrive");
      default:
        return undefined;
    }
  } catch (error) {
    return `${id} (${kind.name}): ${String(error)}`;
  }
}

async function act({ client }: World, id: string, action: string): Promise<string | undefined> {
  const { status, body } = await client.call("POST", `/api/v1/executions/${id}/control`, { action, reason: "the campaign says so" });
  return status === 200 || status === 409 ? undefined : `${id}: ${action} was answered with ${status} ${JSON.stringify(body)}`;
}

async function failed({ client, signal }: World, id: string): Promise<void> {
  for (;;) {
    const { status } = Head.parse(await client.expect(200, "GET", `/api/v1/executions/${id}`));
    if (status === "failed" || status === "completed" || signal.aborted) return;
    await sleep(LOOK_MS);
  }
}
