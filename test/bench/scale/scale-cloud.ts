import { readFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import * as z from "zod";
import { StubbornAgent } from "../../chaos/agents.ts";
import { StartedCloud } from "../../integration/support/started-cloud.ts";
import { inTurns } from "../measure.ts";

const Submitted = z.object({ execution_id: z.string() });
const Head = z.object({
  status: z.string(),
  execution_metadata: z.object({ submitted_at: z.string(), completed_at: z.string().nullable() }),
});
const Listing = z.object({
  executions: z.array(Head.extend({ execution_id: z.string() })),
  next_cursor: z.string().nullish(),
});
const Tasks = z.object({
  tasks: z.array(
    z.object({ task_id: z.string(), status: z.string(), attempt: z.int(), dispatched_at: z.string().nullable(), settled_at: z.string().nullable() }),
  ),
  next_cursor: z.string().nullish(),
});

/** An execution's head. */
export type Head = z.infer<typeof Head>;
/** A head with its name. */
export type ListedHead = z.infer<typeof Listing>["executions"][number];
/** A task's row. */
export type TaskRow = z.infer<typeof Tasks>["tasks"][number];
/** What carries a run. */
export type Runner = "machine" | "graph";

const POLL_MS = 1000;
const SUBMITTED_AT_ONCE = 16;
const OPEN = ["submitted", "queued", "running"];

/** The embedded cloud and loopback agents in processes of their own, for benches that are about many and much. */
export class ScaleCloud {
  readonly cloud = new StartedCloud({ isGroup: true });
  readonly agents: StubbornAgent[] = [];

  /** @param agents How many to register, all with the capability `work`. */
  static async start(agents = 1): Promise<ScaleCloud> {
    const scale = new ScaleCloud();
    scale.launch();
    const names = Array.from({ length: agents }, (_, index) => `worker-${index}`);
    for (const name of names) scale.agents.push(await StubbornAgent.start(path.join(scale.cloud.stateDir, name), 0));
    await scale.cloud.ready();
    for (const [index, { url: endpoint }] of scale.agents.entries()) {
      const registration = { agent_id: `agent-${names[index]}`, endpoint, capabilities: ["work"], max_concurrent_tasks: 100_000 };
      await scale.call("POST", "/api/v1/agents", registration);
    }
    return scale;
  }

  launch(): void {
    this.cloud.start("--no-job", "--latency-ms", "0");
  }

  /** @throws {Error} the API refuses. */
  async call(method: string, target: string, body?: unknown): Promise<unknown> {
    const reply = await this.cloud.call(method, target, body);
    if (reply.status >= 300) throw new Error(`${method} ${target}: ${reply.status} ${JSON.stringify(reply.body).slice(0, 500)}`);
    return reply.body;
  }

  /** Deploys version 1.0 of a workflow whose tasks say everything but who does them. */
  async deploy(name: string, tasks: readonly object[], more: object = {}): Promise<void> {
    const agents = { worker: { type: "loopback", capabilities: ["work"] } };
    const workflow = { name, version: "1.0", agents, tasks: tasks.map((task) => ({ agent: "worker", ...task })), ...more };
    await this.call("POST", "/api/v1/workflows", { workflow });
  }

  async submit(workflow: string, runner: Runner, input: unknown = {}): Promise<string> {
    const body = { input_data: input, execution_options: { runner } };
    return Submitted.parse(await this.call("POST", `/api/v1/workflows/${workflow}/execute`, body)).execution_id;
  }

  /** Submits `count` runs, both runners in turns. */
  async submitMany(workflow: string, count: number): Promise<string[]> {
    const ids: string[] = [];
    await inTurns(count, SUBMITTED_AT_ONCE, async (index) => {
      ids.push(await this.submit(workflow, index % 2 === 0 ? "graph" : "machine"));
    });
    return ids;
  }

  head = async (id: string): Promise<Head> => Head.parse(await this.call("GET", `/api/v1/executions/${id}`));

  /** Waits for the end of one. */
  async finished(id: string): Promise<Head> {
    for (;;) {
      const found = await this.head(id);
      if (["completed", "failed", "cancelled"].includes(found.status)) return found;
      await sleep(POLL_MS);
    }
  }

  /** Waits until no run is open, and lists those of a workflow. */
  async allFinished(workflow: string): Promise<ListedHead[]> {
    for (const status of OPEN) {
      const isOpen = async (): Promise<boolean> => (await this.#page(`status=${status}&limit=1`)).executions.length > 0;
      while (await isOpen()) await sleep(POLL_MS);
    }
    const found: ListedHead[] = [];
    let after = "";
    do {
      const page = await this.#page(`workflow_id=${workflow}&limit=100${after}`);
      found.push(...page.executions);
      after = cursorOf(page.next_cursor);
    } while (after !== "");
    return found;
  }

  async tasks(id: string): Promise<TaskRow[]> {
    const rows: TaskRow[] = [];
    let after = "";
    do {
      const page = Tasks.parse(await this.call("GET", `/api/v1/executions/${id}/tasks?limit=1000${after}`));
      rows.push(...page.tasks);
      after = cursorOf(page.next_cursor);
    } while (after !== "");
    return rows;
  }

  /** Resident memory of the cloud's own process, in MB. */
  memoryMb(): number {
    const status = readFileSync(`/proc/${this.cloud.pid}/status`, "utf8");
    return Math.round(Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? Number.NaN) / 1024);
  }

  /** CPU seconds that the cloud has used so far: its own process with all functions, and its DynamoDB. */
  cpuSeconds(): number {
    const { pid } = this.cloud;
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim().split(" ");
    return [String(pid), ...children].reduce((sum, each) => sum + cpuOf(each), 0);
  }

  /** How often agents did something, by execution and task. */
  effects(): Map<string, number> {
    const counts = new Map<string, number>();
    for (const { execution = "", task = "" } of this.agents.flatMap((agent) => agent.effects())) {
      const key = `${execution} ${task}`;
      counts.set(key, (counts.get(key) ?? 0) + 1);
    }
    return counts;
  }

  async stop(): Promise<void> {
    for (const agent of this.agents) agent.stop();
    await this.cloud.dispose();
  }

  async #page(query: string): Promise<z.infer<typeof Listing>> {
    return Listing.parse(await this.call("GET", `/api/v1/executions?${query}`));
  }
}

const cursorOf = (next: string | null | undefined): string => (next == null ? "" : `&cursor=${encodeURIComponent(next)}`);

function cpuOf(pid: string): number {
  try {
    // utime and stime, the 14th and 15th field, in ticks of 10 ms; the first two stand before the bracket.
    const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.split(" ") ?? [];
    return (Number(fields[11]) + Number(fields[12])) / 100;
  } catch {
    // It ended in between.
    return 0;
  }
}

/** The value that a share of all values does not exceed. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}
