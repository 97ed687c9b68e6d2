/** How states look: ten states of a task, seven looks, each told by colour, glyph and word. */
export const LOOKS = ["done", "fail", "ask", "run", "wait", "skip", "idle"] as const;
export type Look = (typeof LOOKS)[number];

export const GLYPHS: Readonly<Record<Look, string>> = {
  done: "✓",
  fail: "✕",
  ask: "?",
  run: "▸",
  wait: "‖",
  skip: "–",
  idle: "",
};

/** What a legend calls them. */
export const LOOK_NAMES: Readonly<Record<Look, string>> = {
  done: "completed",
  fail: "failed",
  ask: "needs a person",
  run: "running",
  wait: "waiting",
  skip: "skipped or cancelled",
  idle: "not started",
};

const FOR_PEOPLE: ReadonlySet<string> = new Set(["approval", "operator", "budget"]);
const HELD_UP: ReadonlySet<string> = new Set([
  "paused",
  "hold",
  "event",
  "no_capable_agent",
  "breaker_open",
  "no_capacity",
  "retry",
]);

/** How a task looks; `reason` is what it waits for. */
export function lookOfTask(status: string, reason: string | undefined): Look {
  switch (status) {
    case "completed":
      return "done";
    case "failed":
      return "fail";
    case "dispatched":
    case "running":
      return "run";
    case "input_required":
    case "auth_required":
      return "ask";
    case "skipped":
    case "cancelled":
      return "skip";
    default:
      if (reason === undefined) return "idle";
      return FOR_PEOPLE.has(reason) ? "ask" : HELD_UP.has(reason) ? "wait" : "idle";
  }
}

const RUN_LOOKS: Readonly<Record<string, Look>> = {
  submitted: "idle",
  queued: "wait",
  running: "run",
  paused: "wait",
  completed: "done",
  failed: "fail",
  cancelled: "skip",
};

/** How an execution looks. */
export const lookOfRun = (status: string): Look => RUN_LOOKS[status] ?? "idle";

const REASONS: Readonly<Record<string, string>> = {
  inputs: "waits for its inputs",
  approval: "waits for a decision",
  operator: "failed, waits for an operator",
  budget: "waits: the budget is used up",
  event: "waits for an event",
  paused: "paused",
  hold: "held back",
  no_capable_agent: "no agent can do it yet",
  breaker_open: "its agent's breaker is open",
  no_capacity: "waits for a free agent",
  retry: "will be tried again",
};

const STATES: Readonly<Record<string, string>> = {
  pending: "not started",
  queued: "about to start",
  parked: "waits",
  dispatched: "sent to its agent",
  input_required: "its agent asks something",
};

/** What a task does, in words. */
export const taskWords = (status: string, reason: string | undefined): string =>
  (status === "parked" || status === "queued") && reason !== undefined
    ? (REASONS[reason] ?? reason)
    : (STATES[status] ?? status);
