import { expect } from "vitest";
import * as z from "zod";
import type { Reply, StartedCloud } from "./started-cloud.ts";

const Steered = z.looseObject({ status: z.string(), run: z.int() });
const Heads = z.object({ executions: z.array(z.object({ execution_id: z.string(), workflow_id: z.string() })) });
const Audit = z.object({ verified: z.boolean(), replay: z.looseObject({ consistent: z.boolean() }) });
const Records = z.object({ tasks: z.array(z.object({ task_id: z.string(), status: z.string(), attempt: z.int() })) });

/** Steering over the API of a started cloud. */
export class SteeringClient {
  readonly #cloud: Pick<StartedCloud, "call">;

  constructor(cloud: Pick<StartedCloud, "call">) {
    this.#cloud = cloud;
  }

  /** One act of control, whatever comes of it. */
  try = (id: string, action: string, parameters?: object): Promise<Reply> =>
    this.#cloud.call("POST", `/api/v1/executions/${id}/control`, {
      action,
      reason: "a test",
      ...(parameters === undefined ? {} : { parameters }),
    });

  /** One act of control that must succeed. */
  async control(id: string, action: string, parameters?: object) {
    return accepted(await this.try(id, action, parameters));
  }

  /** One act on a task that must succeed. */
  async task(id: string, task: string, act: string, body: object = {}) {
    const path = `/api/v1/executions/${id}/tasks/${encodeURIComponent(task)}/${act}`;
    return z.looseObject({}).parse(okay(await this.#cloud.call("POST", path, body)));
  }

  /** Executions that are over and whose history was altered, or does not lead to their state: none. */
  async unsound(): Promise<string[]> {
    const pages = ["completed", "failed", "cancelled"].map((status) =>
      this.#cloud.call("GET", `/api/v1/executions?limit=200&status=${status}`),
    );
    const heads = (await Promise.all(pages)).flatMap(({ body }) => Heads.parse(body).executions);
    if (heads.length === 0) throw new Error("no execution is over");
    const flaws: string[] = [];
    for (const { execution_id: id, workflow_id: workflow } of heads) {
      const { body } = await this.#cloud.call("GET", `/api/v1/executions/${id}/audit`);
      const { verified, replay } = Audit.parse(body);
      if (!verified || !replay.consistent) flaws.push(`${workflow} ${JSON.stringify(body)}`);
    }
    return flaws;
  }

  /** Attempts of the tasks that were looked at, by name. */
  async attempts(id: string): Promise<Record<string, number>> {
    const { body } = await this.#cloud.call("GET", `/api/v1/executions/${id}/tasks?limit=1000`);
    return Object.fromEntries(Records.parse(body).tasks.map(({ task_id: task, attempt }) => [task, attempt]));
  }

  /** States of the tasks that were looked at, by name. */
  async states(id: string): Promise<Record<string, string>> {
    const { body } = await this.#cloud.call("GET", `/api/v1/executions/${id}/tasks?limit=1000`);
    return Object.fromEntries(Records.parse(body).tasks.map(({ task_id: task, status }) => [task, status]));
  }
}

function okay({ status, body }: Reply): unknown {
  expect(status, JSON.stringify(body)).toBe(200);
  return body;
}

const accepted = (reply: Reply) => Steered.parse(okay(reply));
