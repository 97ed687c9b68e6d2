import { A2aFault } from "../../shared/endpoint/wire/faults.ts";
import type { Outcome } from "../../shared/endpoint/wire/outcome.ts";
import type { StreamEvent, WireTask } from "../../shared/endpoint/wire/replies.ts";
import type { Operation, ParamsOf } from "../../shared/endpoint/wire/wire.ts";
import { guardUrl } from "../../shared/a2a/url-guard.ts";
import { IllegalMoveError } from "../../shared/core/errors.ts";
import { whenLeft } from "../../shared/core/when-left.ts";
import { A2A_LIMITS } from "../../shared/a2a/limits.ts";
import { EXECUTION_LIMITS } from "../../shared/execution/limits.ts";
import { cancelExecution } from "../../shared/execution/control/control-execution.ts";
import type { Execution } from "../../shared/execution/execution.ts";
import { EXECUTION_ACTIONS } from "../../shared/execution/lifecycle/execution-actions.ts";
import { loadExecution } from "../../shared/execution/store/execution-store.ts";
import { requirePermission } from "../../shared/http/caller.ts";
import { takeStreamPlace } from "../../shared/http/stream-places.ts";
import { extendedCard } from "../../shared/endpoint/agent-card.ts";
import type { Place } from "../../shared/endpoint/store/keys.ts";
import { plainMessage } from "../../shared/endpoint/peer-message.ts";
import { answerOf, viewTask } from "../../shared/endpoint/task-view.ts";
import { loadPicture, pictureOf } from "../../shared/endpoint/tasks/load-picture.ts";
import { listDefinitions } from "../../shared/workflow/store/definition-store.ts";
import { answerQuestion } from "./answer-question.ts";
import type { Call, EndpointDeps } from "./endpoint.ts";
import { canChange, type Following, followTask, type SILENCE, waitForRest } from "./follow-task.ts";
import { createPush, deletePush, getPush, listPush, savePush } from "./push-configs.ts";
import { getTask, listTasks } from "./read-tasks.ts";
import { type StartedTask, startTask } from "./start-task.ts";

/** Events of a task under way; `SILENCE` where there is nothing to tell. */
export type Events = AsyncGenerator<StreamEvent | typeof SILENCE, void, undefined>;

/** An outcome that is waited for. */
export type Waiting = AsyncGenerator<typeof SILENCE, Outcome, undefined>;

/** What an operation comes to: an outcome, now or later, or events. */
export type Performed =
  | Outcome
  | { readonly kind: "waiting"; readonly outcome: Waiting }
  | { readonly kind: "stream"; readonly events: Events };

/**
 * Performs an operation of A2A for a caller.
 *
 * @param isClosed whether the caller has gone.
 * @throws {A2aFault | OrchestratorError} the operation is refused; `faultOf` says how in A2A's words.
 */
export async function perform(
  deps: EndpointDeps,
  call: Call,
  operation: Operation,
  isClosed: () => boolean,
): Promise<Performed> {
  switch (operation.name) {
    case "SendMessage":
      return send(deps, call, operation.params);
    case "SendStreamingMessage":
      return { kind: "stream", events: await inPlace(deps, call, () => sendAndFollow(deps, call, { params: operation.params, isClosed })) };
    case "GetTask":
      return { kind: "task", task: await getTask(deps, call, operation.params) };
    case "ListTasks":
      return { kind: "tasks", page: await listTasks(deps, call, operation.params) };
    case "CancelTask":
      return { kind: "task", task: await cancel(deps, call, operation.params.id) };
    case "SubscribeToTask":
      return { kind: "stream", events: await inPlace(deps, call, () => subscribe(deps, call, { id: operation.params.id, isClosed })) };
    case "CreateTaskPushNotificationConfig":
      return { kind: "config", config: await createPush(deps, call, operation.params) };
    case "GetTaskPushNotificationConfig":
      return { kind: "config", config: await getPush(deps, call, operation.params) };
    case "ListTaskPushNotificationConfigs":
      return { kind: "configs", configs: await listPush(deps, call, operation.params) };
    case "DeleteTaskPushNotificationConfig":
      await deletePush(deps, call, operation.params);
      return { kind: "deleted" };
    case "GetExtendedAgentCard":
      return { kind: "card", card: await describe(deps, call) };
    default:
      return operation satisfies never;
  }
}

/** Takes a message: it answers what its task waits for, or starts a task. */
async function accept(deps: EndpointDeps, call: Call, sent: ParamsOf<"SendMessage">): Promise<StartedTask> {
  const params = { ...sent, message: plainMessage(sent.message) };
  const { message, configuration } = params;
  const { taskId } = message;
  const config = configuration?.taskPushNotificationConfig;
  if (config !== undefined) guardUrl(config.url, deps.pushHosts);
  if (taskId === undefined) return startTask(deps, call, params);
  const place = { tenant: call.caller.tenant, execution: await answerQuestion(deps, call, { ...message, taskId }) };
  if (config !== undefined) await savePush(deps, place, { config, dialect: call.dialect });
  return { execution: await loadExecution(deps.executions, place.tenant, place.execution) };
}

const placeOf = ({ tenant, executionId: execution }: Execution): Place => ({ tenant, execution });

async function send(deps: EndpointDeps, call: Call, params: ParamsOf<"SendMessage">): Promise<Performed> {
  const until = deps.now().getTime() + A2A_LIMITS.blockingSeconds * 1000;
  const started = await accept(deps, call, params);
  const { execution } = started;
  const { returnImmediately = false, historyLength } = params.configuration ?? {};
  if (!returnImmediately) return { kind: "waiting", outcome: atRest(deps, started, { until, historyLength }) };
  return { kind: "sent", task: viewTask(await pictureOf(deps, execution), { historyLength }) };
}

async function* atRest(
  deps: EndpointDeps,
  { execution, answer }: StartedTask,
  { until, historyLength }: { until: number; historyLength: number | undefined },
): Waiting {
  const picture = yield* waitForRest(deps, placeOf(execution), until);
  const message = answer === "message" ? answerOf(picture) : undefined;
  return message === undefined ? { kind: "sent", task: viewTask(picture, { historyLength }) } : { kind: "answered", message };
}

const streamEnd = (deps: EndpointDeps): number => deps.now().getTime() + EXECUTION_LIMITS.streamSeconds * 1000;

/** Opens a stream if there is a place for it: before anything is begun that its reader could not hear of. */
async function inPlace(deps: EndpointDeps, { caller }: Call, open: () => Promise<Events>): Promise<Events> {
  const leave = await takeStreamPlace(deps.places, caller);
  try {
    return whenLeft(await open(), leave);
  } catch (error) {
    await leave();
    throw error;
  }
}

async function sendAndFollow(
  deps: EndpointDeps,
  call: Call,
  { params, isClosed }: { params: ParamsOf<"SendMessage">; isClosed: () => boolean },
): Promise<Events> {
  const { execution, answer } = await accept(deps, call, params);
  const place = placeOf(execution);
  const { historyLength } = params.configuration ?? {};
  const following = { until: streamEnd(deps), endsAtRest: true, historyLength, isClosed };
  return answer === "message" ? answerOrFollow(deps, place, following) : followTask(deps, place, following);
}

/** One message if the run succeeds; whatever else comes of it is told of its task. */
async function* answerOrFollow(deps: EndpointDeps, place: Place, following: Following): Events {
  const message = answerOf(yield* waitForRest(deps, place, following.until));
  if (message === undefined) yield* followTask(deps, place, following);
  else yield { message };
}

async function subscribe(
  deps: EndpointDeps,
  { caller }: Call,
  { id, isClosed }: { id: string; isClosed: () => boolean },
): Promise<Events> {
  requirePermission(caller, "execution:read");
  const place = { tenant: caller.tenant, execution: id };
  const picture = await loadPicture(deps, place, { history: false, artifacts: false });
  if (!canChange(picture)) {
    throw new A2aFault("UNSUPPORTED_OPERATION", `task '${id}' is over; read it with GetTask`, { taskId: id });
  }
  return followTask(deps, place, { until: streamEnd(deps), endsAtRest: false, isClosed });
}

async function cancel(deps: EndpointDeps, { caller }: Call, id: string): Promise<WireTask> {
  requirePermission(caller, EXECUTION_ACTIONS.cancel.permission);
  const place = { tenant: caller.tenant, execution: id };
  const picture = await loadPicture(deps, place, { history: false, artifacts: false });
  if (!canChange(picture))
    throw new A2aFault("TASK_NOT_CANCELABLE", `task '${id}' is ${picture.execution.status} already`, { taskId: id });
  try {
    await cancelExecution(deps.steering, { ...place, by: caller.subject, reason: "CancelTask" });
  } catch (error) {
    if (!(error instanceof IllegalMoveError)) throw error;
    throw new A2aFault("TASK_NOT_CANCELABLE", error.message, { taskId: id });
  }
  return viewTask(await loadPicture(deps, place));
}

/** Workflows that the extended card lists; all of them can be named. */
const LISTED = 500;

async function describe(
  deps: EndpointDeps,
  { caller, url, dialect }: Call,
): Promise<Readonly<Record<string, unknown>>> {
  requirePermission(caller, "workflow:read");
  const { rows } = await listDefinitions(deps.definitions, caller.tenant, { limit: LISTED });
  const card = extendedCard({ url, dialect }, rows);
  return deps.signCard === undefined ? card : deps.signCard(card);
}
