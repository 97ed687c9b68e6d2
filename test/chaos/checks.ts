/** What must be true once the dust has settled. */
import { DatabaseSync } from "node:sqlite";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import * as z from "zod";
import type { Effect } from "./agents.ts";
import type { Run, World } from "./world.ts";
import { redriveDeadLetters } from "./dead-letters.ts";
import { describeWaits } from "./waiting.ts";
import type { Kind, TaskEnd } from "./kind.ts";

/** What was found, and what was wrong with it. */
export interface Verdict {
  readonly defects: readonly string[];
  readonly executions: number;
  readonly tasks: number;
  readonly effects: number;
  readonly events: number;
  /** Messages that were in hands at five kills and that an operator sent back. */
  readonly redriven: number;
  /** From when the cloud was up again after the last kill until everything had ended; what people did late counts. */
  readonly secondsToEnd: number;
  /** Workflows of the last that were open. */
  readonly lastToEnd: string;
}

interface Ended {
  readonly id: string;
  readonly workflow: string;
  readonly status: string;
}

interface TaskRow {
  readonly task_id: string;
  readonly status: string;
  readonly attempt: number;
}

const LOOK_MS = 500;
/** How often what is still open is described. */
const DESCRIBE_MS = 30_000;
/** Executions that a line names. */
const NAMED = 4;
const OPEN = ["submitted", "queued", "running", "paused"];
const Page = z.object({
  executions: z.array(z.object({ execution_id: z.string(), workflow_id: z.string(), status: z.string() })),
  next_cursor: z.string().nullish(),
});
const Tasks = z.object({ tasks: z.array(z.object({ task_id: z.string(), status: z.string(), attempt: z.int() })) });
const Audit = z.object({
  verified: z.boolean(),
  unchained: z.int(),
  length: z.int(),
  first_defect: z.unknown().optional(),
  replay: z.object({ consistent: z.boolean(), differences: z.array(z.unknown()) }),
});

/** Waits for everything to end, then holds agents' logs, rows, chains and queues against what the kinds promise. */
export async function check(world: World, { runs, people }: { runs: readonly Run[]; people: Promise<unknown> }): Promise<Verdict> {
  const begun = performance.now();
  const describing = setInterval(() => void describeOpen(world), DESCRIBE_MS);
  const acts = await whileRedriving(world, people);
  const steered = z.array(z.string().optional()).parse(acts.done).filter((answer) => answer !== undefined);
  const { stuck, redriven, last } = await waitForEnd(world, acts.redriven);
  clearInterval(describing);
  const secondsToEnd = Math.round((performance.now() - begun) / 1000);
  const executions = stuck.length > 0 ? [] : await listAll(world, "");
  const effects = Map.groupBy(Object.values(world.agents).flatMap((agent) => agent.effects()), ({ execution = "" }) => execution);
  const defects = [...steered, ...stuck, ...(stuck.length > 0 ? [] : countDefects(executions, runs))];
  let [tasks, events] = [0, 0];
  for (const execution of executions) {
    const kind = world.kinds.find(({ name }) => name === execution.workflow);
    const { tasks: rows } = Tasks.parse(await world.client.expect(200, "GET", `/api/v1/executions/${execution.id}/tasks?limit=1000`));
    const audit = await auditOf(world, execution.id);
    tasks += rows.length;
    events += audit.length;
    const found = [...auditDefects(audit), ...(kind === undefined ? [] : endDefects(kind, { execution, rows, effects: effects.get(execution.id) ?? [] }))];
    defects.push(...found.map((defect) => `${execution.id} (${execution.workflow}): ${defect}`));
  }
  const dead = await deadLetters(world);
  const all = [...effects.values()].reduce((sum, list) => sum + list.length, 0);
  return { defects: [...defects, ...dead], executions: executions.length, tasks, effects: all, events, redriven, secondsToEnd, lastToEnd: last };
}

async function listAll({ client }: World, filter: string): Promise<Ended[]> {
  const found: Ended[] = [];
  let cursor: string | undefined;
  do {
    const after = cursor === undefined ? "" : `&cursor=${encodeURIComponent(cursor)}`;
    const page = Page.parse(await client.expect(200, "GET", `/api/v1/executions?limit=100${filter}${after}`));
    found.push(...page.executions.map(({ execution_id: id, workflow_id: workflow, status }) => ({ id, workflow, status })));
    cursor = page.next_cursor ?? undefined;
  } while (cursor !== undefined);
  return found;
}

/** Waits for what people do. They may wait for a run whose message is a dead letter. */
async function whileRedriving(world: World, people: Promise<unknown>): Promise<{ done: unknown; redriven: number }> {
  let [isDone, redriven] = [false, 0];
  const done = people.finally(() => void (isDone = true));
  const look = async (): Promise<void> => {
    if (isDone || world.signal.aborted) return;
    redriven += await redriveDeadLetters(world.cloud).catch(() => 0);
    await Promise.race([done, sleep(LOOK_MS)]);
    await look();
  };
  await look();
  return { done: await done, redriven };
}

/** Waits until every run is over and no dead letter is left, or until the time is up. */
async function waitForEnd(world: World, before: number): Promise<{ stuck: readonly string[]; redriven: number; last: string }> {
  let open: Ended[] = [];
  let redriven = before;
  let last = "";
  try {
    for (;;) {
      const dead = await redriveDeadLetters(world.cloud);
      redriven += dead;
      const now = await listOpen(world);
      if (now.length !== open.length || dead > 0) world.plan.log(`${now.length} executions are open${namesOf(now)}, ${dead} dead letters sent back`);
      open = now;
      if (open.length > 0) last = [...new Set(open.map(({ workflow }) => workflow))].slice(0, NAMED).join(", ");
      if (open.length + dead === 0) return { stuck: [], redriven, last };
      await sleep(LOOK_MS, undefined, { signal: world.signal });
    }
  } catch (error) {
    if (!world.signal.aborted) throw error;
    const stuck = open.map(({ id, workflow, status }) => `${id} (${workflow}) is still ${status}`);
    return { stuck: [...stuck, ...waitsOf(world, open)], redriven, last };
  }
}

const listOpen = async (world: World): Promise<Ended[]> => (await Promise.all(OPEN.map((status) => listAll(world, `&status=${status}`)))).flat();

const waitsOf = ({ cloud }: World, open: readonly Ended[]): string[] => describeWaits(cloud.stateDir, open.map(({ id }) => id));

async function describeOpen(world: World): Promise<void> {
  try {
    for (const line of waitsOf(world, await listOpen(world))) world.plan.log(line);
  } catch (error) {
    if (!world.signal.aborted) world.plan.log(`what is open could not be described: ${String(error)}`);
  }
}

/** The last few, by name. */
const namesOf = (open: readonly Ended[]): string =>
  open.length === 0 || open.length > NAMED ? "" : `: ${open.map(({ id, workflow }) => `${workflow} ${id}`).join(", ")}`;

/** Whether there are as many executions as were wished for: each run, and the children of those that have some. */
function countDefects(executions: readonly Ended[], runs: readonly Run[]): string[] {
  const ids = new Set(executions.map(({ id }) => id));
  const lost = runs.filter(({ id }) => !ids.has(id)).map(({ id, kind }) => `${id} (${kind.name}) was accepted and is not there`);
  const parents = runs.filter(({ kind }) => kind.name === "nested").length;
  const children = executions.filter(({ workflow }) => workflow === "inner").length;
  const spare = executions.length - children - runs.length;
  return [
    ...lost,
    ...(children === parents ? [] : [`${parents} nested runs have ${children} children`]),
    ...(spare === 0 ? [] : [`${spare} executions more than were submitted`]),
  ];
}

/** The audit once the stream has caught up. */
async function auditOf({ client, signal }: World, id: string): Promise<z.infer<typeof Audit>> {
  for (;;) {
    const audit = Audit.parse(await client.expect(200, "GET", `/api/v1/executions/${id}/audit`));
    if (audit.unchained === 0 || signal.aborted) return audit;
    await sleep(LOOK_MS);
  }
}

function auditDefects({ verified, unchained, first_defect: first, replay }: z.infer<typeof Audit>): string[] {
  return [
    ...(verified ? [] : [`its chain is broken: ${JSON.stringify(first)}`]),
    ...(unchained === 0 ? [] : [`${unchained} events never got into its chain`]),
    ...(replay.consistent ? [] : [`its events lead to another state: ${JSON.stringify(replay.differences)}`]),
  ];
}

interface Outcome {
  readonly execution: Ended;
  readonly rows: readonly TaskRow[];
  readonly effects: readonly Effect[];
}

function endDefects({ ends, expected }: Kind, { execution, rows, effects }: Outcome): string[] {
  const byMessage = Map.groupBy(effects, ({ messageId }) => messageId);
  const twice = [...byMessage.values()].flatMap(([first, ...more]) =>
    more.length === 0 ? [] : [`attempt ${first?.attempt} of ${first?.task} had its effect ${more.length + 1} times`],
  );
  const end = ends.includes(execution.status) ? [] : [`is ${execution.status}, not ${ends.join(" or ")}`];
  const states = new Map(rows.map((row) => [row.task_id, row]));
  const perTask = Map.groupBy(effects, ({ task = "" }) => task);
  const names = expected === undefined ? [] : new Set([...Object.keys(expected), ...perTask.keys()]);
  const wrong = [...names].flatMap((task) => taskDefects(task, { end: expected?.[task], row: states.get(task), effects: perTask.get(task) ?? [] }));
  const early = expected === undefined ? repeatedTasks(perTask) : [];
  return [...end, ...twice, ...wrong, ...early];
}

/** Of a run that may end anyhow: its agents are sound, so one attempt of each task is enough. */
const repeatedTasks = (perTask: ReadonlyMap<string, readonly Effect[]>): string[] =>
  [...perTask].flatMap(([task, effects]) => (effects.length > 1 ? [`${task} was done ${effects.length} times`] : []));

interface Found {
  readonly end: TaskEnd | undefined;
  readonly row: TaskRow | undefined;
  readonly effects: readonly Effect[];
}

function taskDefects(task: string, { end, row, effects }: Found): string[] {
  const attempts = effects.map(({ attempt = 0 }) => attempt);
  if (end === undefined) return [`${task} was done, in attempt ${attempts.join(", ")}, and should not have been`];
  const state = row?.status === end.state ? [] : [`${task} is ${row?.status ?? "not there"}, not ${end.state}`];
  const count = `${task} was done ${attempts.length} times (attempts ${attempts.join(", ")} of ${row?.attempt ?? 0})`;
  switch (end.effects) {
    case "none":
      return attempts.length === 0 ? state : [...state, `${count}, not at all was right`];
    case "once":
      return attempts.length === 1 && row?.attempt === 1 ? state : [...state, `${count}, once was right`];
    case "retried": {
      const isRight = attempts.length > 0 && Math.max(...attempts) === row?.attempt;
      return isRight ? state : [...state, `${count}, the last attempt must have been`];
    }
    default:
      return end.effects satisfies never;
  }
}

/** What the queues gave up on, read from the cloud's own file. */
async function deadLetters({ cloud }: World): Promise<string[]> {
  await cloud.stop();
  const database = new DatabaseSync(path.join(cloud.stateDir, "cloud", "cloud.sqlite"), { readOnly: true });
  const rows = database.prepare("SELECT queue, body FROM messages WHERE queue LIKE '%-dead'").all();
  database.close();
  return rows.map(({ queue, body }) => `in ${String(queue)}: ${String(body).slice(0, 300)}`);
}
