/** What executions that have not ended wait for, read from the cloud's own files: for a person who must find out why. */
import { DatabaseSync } from "node:sqlite";
import path from "node:path";
import * as z from "zod";
import { storedRows } from "./stored-rows.ts";
import { readToldOfHead } from "../../shared/execution/lifecycle/told-head.ts";

const TIMES = ["queuedAt", "notBefore", "dispatchedAt", "deadlineAt", "waitUntil", "askedAt"];
const FACTS = ["attempt", "run", "reason", "agentId", "agentTaskId", "child", "hedgedAt", "notBefore", "dispatchedAt", "deadlineAt", "waitUntil", "wait"];
const SETTLED = ["completed", "failed", "skipped", "cancelled"];

const Head = z.object({ workflowId: z.string(), status: z.string(), run: z.int(), runner: z.string(), pending: z.unknown().optional() });
const Task = z.looseObject({ task: z.string(), state: z.string(), told: z.array(z.string()).default([]) });
const Parked = z.object({ on: z.string(), message: z.object({ task: z.string() }) });
/** What the lines of heads do not say, and nobody asks for here. */
const ORIGIN = { tenant: "", executionId: "", workflowId: "", traceId: "" };
const TellingHead = z.object({ told: z.array(z.string()) });
const Told = z.tuple([z.int(), z.int(), z.iso.datetime(), z.array(z.tuple([z.string()], z.unknown()))]);
const Stored = z.object({ timestamp: z.iso.datetime(), type: z.string() });
const Machine = z.object({ id: z.int(), name: z.string(), status: z.string() });
const Frame = z.object({ state: z.string(), phase: z.string(), entered_at: z.int() });
const Message = z.object({ queue: z.string(), body: z.string(), visible_at: z.int(), receive_count: z.int() });

interface Files {
  /** Folder of the tables. */
  readonly tables: string;
  readonly machines: DatabaseSync;
  readonly queues: DatabaseSync;
}

/**
 * For each execution a few lines: where it stands and what it told last, its tasks that have not settled, what is parked,
 * its machines, and the messages that speak of it, with the times at which they come.
 */
export function describeWaits(stateDir: string, executions: readonly string[], now = Date.now()): string[] {
  const open = (file: string): DatabaseSync => new DatabaseSync(path.join(stateDir, "cloud", file), { readOnly: true });
  const files = { tables: path.join(stateDir, "cloud"), machines: open("stepfunctions.sqlite"), queues: open("cloud.sqlite") };
  try {
    return executions.flatMap((id) => describe(files, id, now));
  } finally {
    for (const file of [files.machines, files.queues]) file.close();
  }
}

function describe(files: Files, id: string, now: number): string[] {
  const rows = rowsOf(files, id);
  const head = Head.safeParse(rows.find(({ sk }) => sk === "META")?.item).data;
  if (head === undefined) return [`${id} has no head`];
  const tasks = rows.filter(({ sk }) => sk.startsWith("TASK#")).map(({ item }) => Task.parse(item));
  const parked = rows.filter(({ sk }) => sk.startsWith("PARK#")).map(({ item }) => Parked.parse(item));
  const settled = tasks.filter(({ state }) => SETTLED.includes(state)).map(({ task, state }) => (state === "completed" ? task : `${task} (${state})`));
  const pending = head.pending === undefined ? "" : `, pending ${JSON.stringify(head.pending)}`;
  const details = [
    `last told: ${lastTold(rows, now)}`,
    `settled: ${settled.join(", ") || "nothing"}`,
    ...tasks.filter(({ state }) => !SETTLED.includes(state)).map((task) => `${task.task} is ${task.state} ${factsOf(task, now)}`),
    ...parked.map(({ on, message }) => `${message.task} is parked on ${on}`),
    ...machinesOf(files, id, now),
    ...messagesOf(files, id, now),
  ];
  return [`${id} (${head.workflowId}) is ${head.status}: run ${head.run}, runner ${head.runner}${pending}`, ...details.map((line) => `    ${line}`)];
}

const rowsOf = ({ tables }: Files, id: string): { sk: string; item: Record<string, unknown> }[] =>
  storedRows(tables, "a2a-dev-executions", `T#default#X#${id}`).map((item) => ({ sk: z.string().parse(item["sk"]), item: { ...item } }));

/** The newest event, in the head, in rows of tasks or in a row of its own. */
function lastTold(rows: readonly { sk: string; item: Record<string, unknown> }[], now: number): string {
  const events = rows.flatMap(({ sk, item }): { at: string; text: string }[] => {
    if (sk.startsWith("EVT#")) {
      const { data } = Stored.safeParse(item);
      return data === undefined ? [] : [{ at: data.timestamp, text: data.type }];
    }
    if (sk === "META") {
      const told = TellingHead.safeParse(item).data?.told ?? [];
      const all = told.flatMap((line) => readToldOfHead(ORIGIN, line)?.events ?? []);
      return all.map(({ type, timestamp }) => ({ at: timestamp, text: type }));
    }
    const task = Task.safeParse(item).data;
    return (task?.told ?? []).flatMap((line) => {
      const [, , at, told] = Told.parse(JSON.parse(line));
      return told.map(([type]) => ({ at, text: `${type} of ${task?.task}` }));
    });
  });
  const last = events.sort((a, b) => a.at.localeCompare(b.at)).at(-1);
  return last === undefined ? "nothing" : `${last.text}, ${away(Date.parse(last.at), now)}`;
}

const factsOf = (task: z.infer<typeof Task>, now: number): string =>
  FACTS.flatMap((name) => {
    const value = task[name];
    if (value === undefined) return [];
    const text = typeof value === "string" && TIMES.includes(name) ? away(Date.parse(value), now) : JSON.stringify(value);
    return [`${name} ${text}`];
  }).join(", ");

function machinesOf({ machines }: Files, id: string, now: number): string[] {
  const found = machines.prepare("SELECT id, name, status FROM executions WHERE name LIKE ? ORDER BY id").all(`${id}-r%`);
  return found.map((row) => {
    const { id: number, name, status } = Machine.parse(row);
    const frames = machines.prepare("SELECT state, phase, entered_at FROM frames WHERE execution = ?").all(number);
    const states = frames.map((frame) => Frame.parse(frame)).map((frame) => `${frame.state} (${frame.phase}) since ${away(frame.entered_at, now)}`);
    return [`machine ${name} is ${status}`, ...states].join(", in ");
  });
}

function messagesOf({ queues }: Files, id: string, now: number): string[] {
  const found = queues.prepare("SELECT queue, body, visible_at, receive_count FROM messages WHERE body LIKE ? ORDER BY visible_at").all(`%${id}%`);
  return found.map((row) => {
    const { queue, body, visible_at: visibleAt, receive_count: receives } = Message.parse(row);
    const place = visibleAt <= now ? "visible" : receives > 0 ? `in flight until ${away(visibleAt, now)}` : `due ${away(visibleAt, now)}`;
    return `message of ${queue}, ${place}, received ${receives} times: ${shortOf(body)}`;
  });
}

/** The run that a task message carries is the execution's own. */
const shortOf = (body: string): string => {
  const { run: _, token: __, ...rest } = z.looseObject({}).parse(JSON.parse(body));
  return JSON.stringify(rest);
};

const away = (at: number, now: number): string =>
  at <= now ? `${((now - at) / 1000).toFixed(1)} s ago` : `in ${((at - now) / 1000).toFixed(1)} s`;
