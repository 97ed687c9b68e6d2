import type { AlertRule, Runbook } from "./alert-rule.ts";
import type { Finding } from "./signs.ts";

const ofTasks = (priority: string): Runbook => ({
  meaning: `dispatch-task failed five times on a task message of priority ${priority}. The task has not started, and its execution waits. When its run has not moved for a minute, reconcile-executions sends the task again, so the message may be about a task that went on meanwhile.`,
  firstLook: "Log of `dispatch-task`. Look for a table or bucket that refuses (throttling, permissions), a plan that is missing in the bucket, a message that does not fit its schema.",
  fix: "Remove the cause, redrive. `npx a2a show ID` tells whether the execution moves.",
});

/** What a queue of messages that failed for good means. Every handler tolerates repeats, so a redrive is safe at any time. */
const DEAD_LETTERS: Readonly<Record<string, Runbook>> = {
  ...Object.fromEntries(["critical", "high", "medium", "low"].map((priority) => [`tasks-${priority}-dead`, ofTasks(priority)])),
  "watch-dead": {
    meaning: "`watch-task` failed five times on a poll of an attempt, or on a look at an execution's deadline. Until the sweep takes over, that attempt is not polled and that deadline not watched. The sweep looks at deadlines of executions each minute; it polls an attempt of a run that stands still half a minute after its deadline, or after a quarter of an hour.",
    firstLook: "Log of `watch-task`. Agents that do not answer are no cause; their attempts are polled again.",
    fix: "Remove the cause, redrive.",
  },
  "settle-dead": {
    meaning: "`settle-task` failed five times on an agent's verified push. The result is not lost: the agent has it, and the backstop poll asks for it.",
    firstLook: "Log of `settle-task`.",
    fix: "Remove the cause, redrive; results come sooner than by poll.",
  },
  "await-dead": {
    meaning: "`await-agent` failed five times on a task for an agent that may answer only when it is done, or on a person's answer to an agent's question. The sweep sends the former again within minutes of a standstill; after the latter the agent still waits, so a look asks the question anew.",
    firstLook: "Log of `await-agent`, for errors and for memory: up to ten answers are held at once. Agents that do not answer are no cause.",
    fix: "Remove the cause, redrive. A send that had begun is not blindly repeated: the rule for lost answers applies.",
  },
  "hooks-dead": {
    meaning: "`run-hooks` failed five times on the hooks of an event. Hooks that fail are no cause: they are tried again and leave dead letters of their own (`npx a2a hooks dead`). Workflows do not wait for these hooks.",
    firstLook: "Log of `run-hooks`. Look for a table that refuses, or an event that does not fit its schema.",
    fix: "Remove the cause, redrive. Hooks that have run already do not run again.",
  },
  "live-dead": {
    meaning: "`push-live` failed five times on events for WebSocket connections. Workflows do not notice; who was connected has missed these events, and gets them by subscribing again after the last one.",
    firstLook: "Log of `push-live`. Connections that are gone or slow are no cause.",
    fix: "Remove the cause and delete the messages; a redrive sends old events to those who are connected by then.",
  },
  "stream-dead": {
    meaning: "`project-events` (table `executions`) or `publish-agent-events` (table `agents`) failed a hundred times on a batch of the stream and went on without it. The tables are right; what is missing are these events on the bus and in the audit chain, and the counters of the executions concerned.",
    firstLook: "The message body names the function, the shard and the sequence numbers, not the rows. Log of that function. `npx a2a verify ID` shows events that are not chained.",
    fix: "Remove the cause at once, before further batches are given up. The message holds no events, so there is nothing to redrive; note the range and delete it. The records stay in the stream for 24 hours after they were written, but no command sends them again yet.",
  },
  "events-dead": {
    meaning: "EventBridge could not hand a status change of a state machine to `track-execution` for 24 hours, or Scheduler could not start a `reconcile-executions` or `run-schedules`.",
    firstLook: "Is the function there, and may the rule call it? Is the account out of concurrency? The message carries the reason in its attributes.",
    fix: "Remove the cause, then delete the messages. A missed status is reported by the next sweep, and a missed sweep is replaced by the next minute's.",
  },
  "bus-events-dead": {
    meaning: "`receive-event` failed five times on an event of the bus. Tasks that wait for this event go on waiting, and workflows that it triggers have not started.",
    firstLook: "Log of `receive-event`.",
    fix: "Remove the cause, redrive. An event keeps its own time, so it still counts for waits that began before, and for later ones within their `look_back`.",
  },
  "schedules-dead": {
    meaning: "`run-schedules` failed five times on a look at a schedule. What it is due to start has not started.",
    firstLook: "Log of `run-schedules`. A workflow or version that is missing is no cause: `npx a2a schedules show ID` tells of those ticks.",
    fix: "Remove the cause, then delete the messages: the sweep asks each minute for a look at what is due, and a tick that was missed is made up for as its schedule says.",
  },
  "deliveries-dead": {
    meaning: "`deliver-push` failed five times within 21 minutes to tell a caller of the A2A endpoint how its task stands. Mostly the caller's receiver does not answer or refuses; the task itself is not concerned, and `GetTask` tells the same.",
    firstLook: "Log of `deliver-push`, `push was not delivered`: it names the receiver's host and what it answered. A table, bucket or queue that refuses is a cause of ours.",
    fix: "A cause of ours: remove it, redrive; receivers hear how the task stands then. A receiver that is gone: delete the messages, and have its owner delete the push configuration.",
  },
  "agent-sweeps-dead": {
    meaning: "Scheduler could not start `check-agents` or `sync-registries`. Health and external registries grow stale.",
    firstLook: "Is the function there, and is the account out of concurrency?",
    fix: "Remove the cause, then delete the message; the next minute's sweep does the same work.",
  },
  "agent-outcomes-dead": {
    meaning: "`learn-outcomes` failed five times on the end of an attempt. Profiles and trust lack it. Breakers do not: they are told when the attempt ends.",
    firstLook: "Log of `learn-outcomes`.",
    fix: "Remove the cause, redrive.",
  },
  "execution-ends-dead": {
    meaning: "`learn-durations` failed five times on the end of an execution. Estimates, outlook and the expected wait lack what it took.",
    firstLook: "Log of `learn-durations`.",
    fix: "Remove the cause, redrive. Each run is learnt once.",
  },
  "roll-ups-dead": {
    meaning: "`roll-up-analytics` failed three times in a row. Hours that closed since are still right (they are made of their parts when asked for) for three hours; after that they are missing from trends of more than a day.",
    firstLook: "Log of `roll-up-analytics`.",
    fix: 'Remove the cause. The next run makes the last three hours again; for older ones invoke the function with `{"at": "2026-11-29T10:00:00Z"}`, which makes the three hours before that.',
  },
  "notifications-dead": {
    meaning: "`notify` failed five times on a move of an incident, or on a notice to a channel. Receivers that do not answer are no cause: they are tried again, and `npx a2a channels log ID` shows what came of it.",
    firstLook: "Log of `notify`. Look for a table or the bus that refuses.",
    fix: "Remove the cause, redrive. What was told already is not told again; untold moves are also sent again by `detect-incidents` each minute.",
  },
  "incident-sweeps-dead": {
    meaning: "Scheduler could not start `detect-incidents`: rules of this page that are no alarms are not looked at, and nothing escalates.",
    firstLook: "Is the function there, and is the account out of concurrency?",
    fix: "Remove the cause, then delete the message; the next minute's pass does the same work. Time in which nobody looked counts towards no duration.",
  },
};

/** Streams forget after a day; this is long before. */
const BEHIND_SECONDS = 900;

const BEHIND: Readonly<Record<string, Runbook>> = {
  ProjectEvents: {
    meaning: "What happens to executions has not reached the bus, the logs and the counters for 15 minutes. Executions go on: their rows hold all of it. The stream forgets after 24 hours.",
    firstLook: "The log of `project-events` and its throttles, then the queue `stream-dead`.",
    fix: "Remove the cause; the projection catches up by itself. What the stream has forgotten, the sweep rebuilds from the rows of open executions.",
  },
  PublishEvents: {
    meaning: "Events of executions have not reached the bus for 15 minutes: triggers, waits for ends and everything that listens outside stand still. The stream forgets after 24 hours.",
    firstLook: "The log of `publish-events` and its throttles, then the queue `stream-dead`.",
    fix: "Remove the cause; it catches up by itself.",
  },
};

/** One rule per queue that must stay empty. */
export const DEAD_LETTER_RULES: readonly AlertRule[] = Object.entries(DEAD_LETTERS).map(([queue, runbook]) => ({
  name: queue,
  reads: `messages in the queue \`${queue}\``,
  threshold: 0,
  unit: "messages",
  holdsSeconds: 0,
  severity: "high",
  runbook,
  cloudWatch: { metric: "queue_depth", queues: [queue], id: `${queue}-filled`, periods: 1 },
  detection: {
    scope: "system",
    type: "performance_degradation",
    components: [queue],
    find: ({ dead }, threshold) => dead.flatMap(({ name, waiting }) => (name === queue && waiting > threshold ? [filled(queue, waiting)] : [])),
  },
}));

const filled = (queue: string, waiting: number): Finding => ({
  subject: "",
  state: "breached",
  says: `${waiting} ${waiting === 1 ? "message" : "messages"} in ${queue} failed for good`,
  facts: { queue, waiting },
});

/** One rule per function that must keep up with a stream. */
export const STREAM_RULES: readonly AlertRule[] = Object.entries(BEHIND).map(([reader, runbook]) => ({
  name: `${reader} behind`,
  reads: `age of what \`${reader}\` reads from its stream`,
  threshold: BEHIND_SECONDS,
  unit: "seconds",
  holdsSeconds: 0,
  severity: "high",
  runbook,
  cloudWatch: { metric: "iterator_age", reader, id: `${reader}-behind`, periods: 1 },
}));
