import { expect } from "vitest";
import * as z from "zod";
import type { StartedCloud } from "./started-cloud.ts";

const Submitted = z.object({ execution_id: z.string() });
const Execution = z.object({
  status: z.string(),
  output: z.unknown().optional(),
  error_details: z.object({ code: z.string(), message: z.string(), task: z.string().optional() }).optional(),
});
const Task = z.object({ status: z.string(), attempt: z.int(), output: z.unknown().optional(), child_execution_id: z.string().optional() });
const Audit = z.object({ unchained: z.int() });
const Events = z.object({ events: z.array(z.looseObject({ event_type: z.string(), task_id: z.string().optional() })) });

/** What makes a loopback task take until a gate is open. */
export const gated = (gate: string): { input: { behaviour: "gated"; gate: string } } => ({ input: { behaviour: "gated", gate } });

/** One task of a definition; the loopback agent does it unless it says otherwise. */
export interface TaskShape {
  readonly id: string;
  readonly [key: string]: unknown;
}

/** Workflows over the API of a started cloud, whose one agent is the loopback agent with every capability. */
export class WorkflowClient {
  readonly #cloud: Pick<StartedCloud, "call" | "until">;

  constructor(cloud: Pick<StartedCloud, "call" | "until">) {
    this.#cloud = cloud;
  }

  /** Deploys version 1.0 of a workflow of loopback tasks; tasks that name what they are keep it. */
  async deploy(name: string, tasks: readonly TaskShape[], more: object = {}): Promise<void> {
    const { status, body } = await this.#cloud.call("POST", "/api/v1/workflows", { workflow: definitionOf(name, tasks, more) });
    expect(status, JSON.stringify(body)).toBe(201);
  }

  /** Submits a run of it. */
  async submit(name: string, input: unknown = {}, options: object = {}): Promise<string> {
    const { status, body } = await this.#cloud.call("POST", `/api/v1/workflows/${name}/execute`, { input_data: input, ...options });
    expect(status, JSON.stringify(body)).toBe(202);
    return Submitted.parse(body).execution_id;
  }

  execution = async (id: string) => Execution.parse((await this.#cloud.call("GET", `/api/v1/executions/${id}`)).body);

  task = async (id: string, name: string) =>
    Task.parse((await this.#cloud.call("GET", `/api/v1/executions/${id}/tasks/${encodeURIComponent(name)}`)).body);

  /** Every event of an execution, as the API tells them, once its log has what its rows have. */
  async events(id: string) {
    await this.#cloud.until(async () => {
      const { body } = await this.#cloud.call("GET", `/api/v1/executions/${id}/audit`);
      return Audit.parse(body).unchained === 0 ? true : undefined;
    }, `the log of ${id}`);
    return Events.parse((await this.#cloud.call("GET", `/api/v1/executions/${id}/events?limit=1000`)).body).events;
  }

  /** Waits for the execution's end. */
  finished = (id: string) =>
    this.#cloud.until(async () => {
      const found = await this.execution(id);
      return ["completed", "failed", "cancelled"].includes(found.status) ? found : undefined;
    }, `the end of ${id}`);

  /** Waits until a task is in a state. */
  reaches = (id: string, name: string, state: string) =>
    this.#cloud.until(async () => {
      const { status, body } = await this.#cloud.call("GET", `/api/v1/executions/${id}/tasks/${encodeURIComponent(name)}`);
      return status === 200 && Task.parse(body).status === state ? true : undefined;
    }, `${name} being ${state}`);
}

/** The wire form of a workflow of loopback tasks. */
export function definitionOf(name: string, tasks: readonly TaskShape[], more: object = {}): object {
  const isElse = (task: TaskShape): boolean => ["agent", "workflow", "emit_event", "approval", "wait_for_event"].some((key) => key in task);
  return {
    name,
    version: "1.0",
    agents: { worker: { type: "loopback", capabilities: ["echo"] } },
    tasks: tasks.map((task) => (isElse(task) ? task : { agent: "worker", ...task })),
    ...more,
  };
}
