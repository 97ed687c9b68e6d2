/** Everything the loopback agent can do to a client, by name. */
import { createHash } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";

import { passGate } from "./loopback-gates.ts";
import { createTask, findTask, push, type LoopbackTask, type PushConfig } from "./loopback-tasks.ts";

export interface Call {
  readonly messageId: string;
  readonly contextId: string;
  /** Set when the message answers a task. */
  readonly taskId: string | undefined;
  readonly skill: string | undefined;
  readonly input: Readonly<Record<string, unknown>>;
  /** Outputs that the task builds on, as the orchestrator hands them over. */
  readonly dependencies?: unknown;
  readonly push: PushConfig | undefined;
  readonly delayMs: number;
  /** Size of a `big` output. */
  readonly bytes: number;
  /** How `flaky` fails: so often, in which of these ways, and in how many first attempts of a task at most. */
  readonly chance: { readonly rate: number; readonly seed: number; readonly faults: readonly string[]; readonly times: number };
  /** Which try of the caller's task it is. */
  readonly attempt: number;
  /** The message had its effect before, and its sender does not know. */
  readonly isRepeat: boolean;
}

export type Reply =
  | { readonly kind: "message"; readonly data: unknown }
  | { readonly kind: "task"; readonly task: LoopbackTask }
  | { readonly kind: "error"; readonly code: number; readonly message: string }
  | { readonly kind: "http"; readonly status: number; readonly headers: Record<string, string>; readonly body: string }
  /** A body that starts and never ends. */
  | { readonly kind: "stall" }
  /** The connection closes without a reply. */
  | { readonly kind: "drop" }
  | { readonly kind: "silence" };

type Behaviour = (call: Call) => Reply | Promise<Reply>;

/** `slow` and task behaviours take `delayMs` (default 50); `big` takes `bytes`; `flaky` takes what `Call.chance` says. */
export const BEHAVIOURS: Readonly<Record<string, Behaviour>> = {
  echo,
  slow: async (call) => {
    await sleep(call.delayMs);
    return echo(call);
  },
  /** Takes until the gate is open that its input names. */
  gated: async (call) => {
    await passGate(String(call.input["gate"]));
    return echo(call);
  },
  task: (call) => started(call, (task) => settle(task)),
  /** Finishes without a word: only polling finds out. */
  poll: (call) => started({ ...call, push: undefined }, (task) => settle(task)),
  "never-ends": (call) => started(call, () => undefined),
  fail: (call) => ended(call, "FAILED", "the work went wrong"),
  reject: (call) => ended(call, "REJECTED", "this is not for me"),
  error: () => ({ kind: "error", code: -32_603, message: "something broke inside" }),
  "input-required": (call) => ended(call, "INPUT_REQUIRED", "which colour?"),
  "auth-required": (call) => {
    const reply = started(call, (task) => settle(task));
    if (reply.kind === "task") reply.task.state = "AUTH_REQUIRED";
    return reply;
  },
  /** Asks twice, then wants to be authorised, then is done; says how many answers it had. */
  "asks-in-turn": (call) => {
    const task = createTask({ ...call, state: "WORKING" });
    task.asks = [...ASKS_IN_TURN];
    return askNext(task);
  },
  silent: () => ({ kind: "silence" }),
  stall: () => ({ kind: "stall" }),
  /** Takes the message, does the work, reports it, and never answers the call. */
  close: (call) => {
    started(call, (task) => settle(task));
    return { kind: "drop" };
  },
  garbage: () => http(200, "text/html", "<html>it works!</html>"),
  "error-body": () => http(200, "application/json", JSON.stringify({ error: "out of memory" })),
  "wrong-content-type": (call) =>
    http(200, "text/plain", JSON.stringify({ jsonrpc: "2.0", id: 1, result: { message: messageJson(call.input) } })),
  "server-error": () => http(500, "text/plain", "oops"),
  "bad-gateway": () => http(502, "text/html", "<html>bad gateway</html>"),
  redirect: () => ({ kind: "http", status: 307, headers: { location: "http://169.254.169.254/" }, body: "" }),
  big: ({ bytes }) => ({ kind: "message", data: { filler: "x".repeat(bytes) } }),
  "push-before-response": async (call) => {
    const task = createTask({ ...call, state: "WORKING" });
    complete(task, call);
    await push(task);
    return { kind: "task", task: { ...task, state: "WORKING", output: undefined } };
  },
  "push-twice": (call) =>
    started(call, async (task) => {
      await settle(task);
      await push(task);
    }),
  /** First a lie with the wrong secret, while the work goes on; then the truth. */
  "push-forged": (call) =>
    started(call, async (task) => {
      await push(task, { state: "COMPLETED", token: "forged" });
      await sleep(call.delayMs);
      await settle(task);
    }),
  "push-reordered": (call) =>
    started(call, async (task) => {
      await settle(task);
      await push(task, { state: "WORKING" });
    }),
  /** Dies of the message; asked again in its next life, does the work. */
  die: (call) => {
    if (!call.isRepeat) process.kill(process.pid, "SIGKILL");
    return started(call, (task) => settle(task));
  },
  /** Fails now and then: the same seed and message, the same fate. What fails on the way is fine when asked again. */
  flaky: (call) => (behaviourOf(call) ?? echo)(call),
  /** Agrees to cancel and completes all the same. */
  "late-after-cancel": (call) =>
    policy(
      started(call, () => undefined),
      "complete-later",
    ),
  uncancelable: (call) =>
    policy(
      started(call, () => undefined),
      "refuse",
    ),
};

const ASKS_IN_TURN = [
  ["INPUT_REQUIRED", "which colour?"],
  ["INPUT_REQUIRED", "which size?"],
  ["AUTH_REQUIRED", "sign in to the shop"],
] as const;

/** The next question, or the end. */
function askNext(task: LoopbackTask): Reply {
  const [next, ...later] = task.asks ?? [];
  if (next === undefined) {
    delete task.note;
    task.state = "COMPLETED";
    task.output = { answers: ASKS_IN_TURN.length };
  } else {
    [task.state, task.note] = next;
    task.asks = later;
  }
  void push(task);
  return { kind: "task", task: { ...task } };
}

const outputs = new WeakMap<LoopbackTask, Readonly<Record<string, unknown>>>();

/** Continues a task that asked for something. */
export function answerTask(call: Call): Reply {
  const task = findTask(call.taskId);
  if (task === undefined) return { kind: "error", code: -32_001, message: "no such task" };
  if (task.asks !== undefined && ["INPUT_REQUIRED", "AUTH_REQUIRED"].includes(task.state)) return askNext(task);
  if (task.state !== "INPUT_REQUIRED") return { kind: "error", code: -32_004, message: `the task is ${task.state}` };
  delete task.note;
  complete(task, call);
  void push(task);
  return { kind: "task", task };
}

/** Cancels as the task's behaviour wants it. */
export function cancelTask(task: LoopbackTask): Reply {
  const done = ["COMPLETED", "FAILED", "CANCELED", "REJECTED"].includes(task.state);
  if (done || task.onCancel === "refuse") return { kind: "error", code: -32_002, message: "cannot be canceled" };
  task.state = "CANCELED";
  if (task.onCancel === "complete-later") {
    setTimeout(() => {
      task.state = "COMPLETED";
      task.output = { late: true };
      void push(task);
    }, 50);
    return { kind: "task", task: { ...task } };
  }
  return { kind: "task", task };
}

export function messageJson(data: unknown): object {
  return { messageId: crypto.randomUUID(), role: "ROLE_AGENT", parts: [{ data }] };
}

function behaviourOf({ messageId, chance, attempt, isRepeat }: Call): Behaviour | undefined {
  const { rate, seed, faults, times } = chance;
  const bytes = createHash("sha256").update(`${seed} ${messageId}`).digest();
  const isFault = attempt <= times && !isRepeat && bytes.readUInt32BE(0) / 2 ** 32 < rate;
  return BEHAVIOURS[isFault ? (faults[bytes.readUInt32BE(4) % faults.length] ?? "fail") : "task"];
}

function echo({ skill, input, dependencies }: Call): Reply {
  return { kind: "message", data: { skill, echo: input, ...(dependencies === undefined ? {} : { dependencies }) } };
}

function started(call: Call, later: (task: LoopbackTask) => unknown): Reply {
  const task = createTask({ ...call, state: "WORKING" });
  outputs.set(task, call.input);
  setTimeout(() => void later(task), call.delayMs);
  return { kind: "task", task: { ...task } };
}

function ended(call: Call, state: string, note: string): Reply {
  const task = createTask({ ...call, state });
  task.note = note;
  return { kind: "task", task };
}

function complete(task: LoopbackTask, { skill, input }: Pick<Call, "skill" | "input">): void {
  task.state = "COMPLETED";
  task.output = { skill, echo: input };
}

async function settle(task: LoopbackTask): Promise<void> {
  if (task.state === "CANCELED") return;
  complete(task, { skill: undefined, input: outputs.get(task) ?? {} });
  await push(task);
}

function policy(reply: Reply, onCancel: LoopbackTask["onCancel"]): Reply {
  const task = reply.kind === "task" ? findTask(reply.task.id) : undefined;
  if (task !== undefined) task.onCancel = onCancel;
  return reply;
}

function http(status: number, type: string, body: string): Reply {
  return { kind: "http", status, headers: { "content-type": type }, body };
}
