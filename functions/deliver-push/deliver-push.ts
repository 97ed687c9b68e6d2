import * as z from "zod";
import { ForbiddenUrlError } from "../../shared/a2a/errors.ts";
import type { Exchange } from "../../shared/a2a/http-exchange.ts";
import { legacyTask } from "../../shared/endpoint/wire/legacy-replies.ts";
import { isRest, type StreamEvent } from "../../shared/endpoint/wire/replies.ts";
import { asksForSignature, type SignedPush, signatureHeaders } from "../../shared/a2a/push-signature.ts";
import { guardUrl } from "../../shared/a2a/url-guard.ts";
import { NotFoundError, OrchestratorError } from "../../shared/core/errors.ts";
import { ExecutionId, TenantId } from "../../shared/core/ids.ts";
import { TaskDecided, TaskInputProvided, TaskInputRequired, TaskParked } from "../../shared/execution/task/task-events.ts";
import type { Execution } from "../../shared/execution/execution.ts";
import { EXECUTION_LIMITS } from "../../shared/execution/limits.ts";
import { type ExecutionStore, loadExecution } from "../../shared/execution/store/execution-store.ts";
import { A2A_LIMITS } from "../../shared/a2a/limits.ts";
import { findPushConfig, listPushConfigs, type PushConfig } from "../../shared/endpoint/store/push-config-store.ts";
import { contextOf, type TaskPicture, viewTask } from "../../shared/endpoint/task-view.ts";
import { loadPicture } from "../../shared/endpoint/tasks/load-picture.ts";
import type { RunSource } from "../../shared/execution/run/look-at-run.ts";

/** Something that happened to an execution, as the bus tells it. */
export const News = z.object({
  "detail-type": z.string().optional(),
  detail: z.object({ tenant: TenantId, execution_id: ExecutionId }),
});
export type News = z.infer<typeof News>;

/** One receiver that is to hear how a task stands. Each has a message of its own, so that none waits for another. */
export const Delivery = z.object({ tenant: TenantId, execution: ExecutionId, config: z.string() });
export type Delivery = z.infer<typeof Delivery>;

/** A receiver did not take a push. */
export class PushNotTakenError extends OrchestratorError {
  static override readonly code = "PushNotTaken";
  override readonly recovery = "retry";

  constructor(url: string, reason: string, options?: ErrorOptions) {
    super(`${new URL(url).origin} did not take the push: ${reason}`, options);
  }
}

/** What delivering stands on. */
export interface DeliverPushDeps extends RunSource {
  readonly exchange: Exchange;
  /** Private hosts that may receive pushes. */
  readonly hosts: ReadonlySet<string>;
  readonly now: () => Date;
  readonly enqueue: (deliveries: readonly Delivery[]) => Promise<void>;
}

/**
 * Finds out who wants to hear of what happened. Most executions have no listeners and cost one read. What is asked of
 * people, and what they answered, is news of the executions above as well: it changes their state.
 */
export async function spreadNews({ executions, enqueue }: DeliverPushDeps, news: News): Promise<void> {
  const { tenant, execution_id: execution } = news.detail;
  const above = RISES.has(news["detail-type"]) ? await ancestorsOf(executions, { tenant, execution }) : [];
  const found = [execution, ...above].map(async (id) => {
    const place = { tenant, execution: id };
    return (await listPushConfigs(executions, place)).map((config): Delivery => ({ ...place, config: config.id }));
  });
  const deliveries = (await Promise.all(found)).flat();
  if (deliveries.length > 0) await enqueue(deliveries);
}

const RISES: ReadonlySet<string | undefined> = new Set([TaskInputRequired, TaskInputProvided, TaskParked, TaskDecided].map(({ type }) => type));

/** The executions that one runs inside of, the nearest first. */
async function ancestorsOf(store: ExecutionStore, { tenant, execution }: { tenant: string; execution: string }): Promise<string[]> {
  const above: string[] = [];
  let next: string | undefined = execution;
  while (next !== undefined && above.length < EXECUTION_LIMITS.nestedExecutions) {
    const head: Execution | undefined = await findHead(store, { tenant, execution: next });
    next = head?.parent?.execution;
    if (next !== undefined) above.push(next);
  }
  return above;
}

const findHead = (store: ExecutionStore, { tenant, execution }: { tenant: string; execution: string }): Promise<Execution | undefined> =>
  unlessMissing(() => loadExecution(store, tenant, execution));

async function unlessMissing<Found>(load: () => Promise<Found>): Promise<Found | undefined> {
  try {
    return await load();
  } catch (error) {
    if (error instanceof NotFoundError) return undefined;
    throw error;
  }
}

/**
 * Tells one receiver how a task stands now, which may be later than what happened. A receiver that was taken off the list
 * meanwhile hears nothing.
 *
 * @param messageId names this push to its receiver, in every try the same.
 * @returns `"void"` when there is nobody to tell any more.
 * @throws {PushNotTakenError} the receiver did not answer, or not with 2xx.
 * @throws {ForbiddenUrlError} its name leads where we must not go.
 */
export async function deliverPush(
  deps: DeliverPushDeps,
  { config: id, ...place }: Delivery,
  messageId: string,
): Promise<"delivered" | "void"> {
  const config = await findPushConfig(deps.executions, place, id);
  const picture = config === undefined ? undefined : await findPicture(deps, place);
  if (config === undefined || picture === undefined) return "void";
  const body = JSON.stringify(bodyOf(config, picture));
  const sent = await deps.exchange({
    target: guardUrl(config.url, deps.hosts),
    method: "POST",
    headers: { ...headersOf(config), ...proofOf(config, { id: messageId, at: deps.now(), body }) },
    body,
    timeoutMs: A2A_LIMITS.pushTimeoutMs,
    maxBytes: A2A_LIMITS.pushReplyBytes,
  });
  if (sent.kind === "too-large")
    throw new PushNotTakenError(config.url, `its answer is longer than ${sent.maxBytes} bytes`);
  if (sent.kind !== "reply") throw new PushNotTakenError(config.url, sent.reason);
  if (sent.status < 200 || sent.status >= 300) throw new PushNotTakenError(config.url, `it answered ${sent.status}`);
  return "delivered";
}

const findPicture = (deps: DeliverPushDeps, place: { tenant: string; execution: string }): Promise<TaskPicture | undefined> =>
  unlessMissing(() => loadPicture(deps, place, { history: false }));

/** A task at rest with what it made, or the news that it goes on; 0.3 knows tasks only. */
function bodyOf({ dialect }: PushConfig, picture: TaskPicture): unknown {
  const task = viewTask(picture, { historyLength: 0 });
  if (dialect === "0.3") return legacyTask(task);
  const { id: taskId, status, metadata } = task;
  const event: StreamEvent = isRest(status.state)
    ? { task }
    : {
        statusUpdate: {
          taskId,
          contextId: contextOf(picture.execution),
          status,
          ...(metadata === undefined ? {} : { metadata }),
        },
      };
  return event;
}

/** What shows the receiver that it is us: a signature of this push, or the secret itself. */
function proofOf({ scheme, credentials }: PushConfig, push: Omit<SignedPush, "secret">): Record<string, string> {
  if (scheme === undefined || credentials === undefined) return {};
  const signed = asksForSignature(scheme) ? signatureHeaders({ ...push, secret: credentials }) : undefined;
  return signed ?? { authorization: `${scheme} ${credentials}` };
}

function headersOf({ dialect, token }: PushConfig): Record<string, string> {
  return {
    "content-type": dialect === "1.0" ? "application/a2a+json" : "application/json",
    "a2a-version": dialect,
    ...(token === undefined ? {} : { "x-a2a-notification-token": token }),
  };
}

/** Whether another try may help: what a URL leads to does not change by waiting. */
export const isWorthAnotherTry = (error: unknown): boolean => !(error instanceof ForbiddenUrlError);
