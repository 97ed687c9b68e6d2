import { expect } from "vitest";
import * as z from "zod";
import type { Reply, StartedCloud } from "./started-cloud.ts";

const Steered = z.looseObject({ status: z.string(), run: z.int() });
const Records = z.object({ tasks: z.array(z.object({ task_id: z.string(), status: z.string(), attempt: z.int() })) });

/** Steering over the API of a started cloud. */
export class SteeringClient {
  readonly #cloud: StartedCloud;

  constructor(cloud: StartedCloud) {
    this.#cloud = cloud;
  }

  /** One act of control, whatever comes of it. */
  try = (id: string, action: string, parameters?: object): Promise<Reply> =>
    this.#cloud.call("POST", `/api/v1/executions/${id}/control`, { action, reason: "a test", ...(parameters === undefined ? {} : { parameters }) });

  /** One act of control that must succeed. */
  async control(id: string, action: string, parameters?: object) {
    return accepted(await this.try(id, action, parameters));
  }

  /** One act on a task that must succeed. */
  async task(id: string, task: string, act: string, body: object = {}) {
    const path = `/api/v1/executions/${id}/tasks/${encodeURIComponent(task)}/${act}`;
    return z.looseObject({}).parse(okay(await this.#cloud.call("POST", path, body)));
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
