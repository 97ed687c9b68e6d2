import * as z from "zod";
import { ForbiddenError } from "../../../../shared/core/errors.ts";
import { mapConcurrent } from "../../../../shared/core/map-concurrent.ts";
import { present } from "../../../../shared/core/present.ts";
import { type DeadLetter, reasonOf, tenantOf } from "../../../../shared/incidents/dead-letter.ts";
import { DEAD_LETTER_QUEUES, deadLetterQueueOf } from "../../../../shared/incidents/dead-letter-queues.ts";
import { DEAD_LETTER_LIMITS } from "../../../../shared/incidents/limits.ts";
import { DeadLetterList, DeadLetterQueueList, DeadLettersDropped, DeadLettersRedriven, DeadLetterView } from "../../../../shared/incidents/views/dead-letters.ts";
import { NO_BODY, param, route, type RouteRequest } from "../../route.ts";

const PERMISSION = "system:dead-letters";

type Place = Pick<RouteRequest, "deps" | "caller" | "params">;

/**
 * The queues are the deployment's: what is in them may be any tenant's.
 *
 * @throws {ForbiddenError} the caller is of another tenant than the one that runs the deployment.
 */
function ownersOnly({ deps, caller }: Omit<Place, "params">): void {
  if (caller.tenant !== deps.ownerTenant) throw new ForbiddenError(PERMISSION);
}

/** The queue that is asked about. */
function queueIn(request: Place): string {
  ownersOnly(request);
  const queue = param(request, "queue");
  deadLetterQueueOf(queue);
  return queue;
}

/** Who took what away, or sent it back: for those who read logs. */
function log({ deps, caller }: Place, event: string, facts: object): void {
  deps.logger.info(event, { tenant: caller.tenant, user_id: caller.subject, ...facts });
}

function view(queue: string, letter: DeadLetter): DeadLetterView {
  const { messageId, system, attributes, body } = letter;
  const [tenant, reason] = [tenantOf(letter), reasonOf(letter)];
  return {
    message_id: messageId,
    queue,
    ...(tenant === undefined ? {} : { tenant }),
    sent_at: new Date(Number(system["SentTimestamp"])).toISOString(),
    ...(reason === undefined ? {} : { reason }),
    attributes,
    body,
    body_bytes: Buffer.byteLength(body),
  };
}

/** As a list shows it. */
const cut = (letter: DeadLetterView): DeadLetterView => ({ ...letter, body: letter.body.slice(0, DEAD_LETTER_LIMITS.shownCharacters).toWellFormed() });

const queues = route({
  method: "GET",
  path: "/api/v1/dead-letters",
  operationId: "listDeadLetterQueues",
  summary: "The deployment's dead-letter queues and how many messages wait in each; with role admin of the owner tenant, as everything about them",
  permission: PERMISSION,
  reply: DeadLetterQueueList,
  status: 200,
  run: async ({ deps, caller }) => {
    ownersOnly({ deps, caller });
    const found = await mapConcurrent(Object.entries(DEAD_LETTER_QUEUES), DEAD_LETTER_LIMITS.queuesAtOnce, async ([queue, { source }]) => ({
      queue,
      waiting: await deps.deadLetters.waiting(queue),
      source: source ?? null,
    }));
    return { body: { queues: found } };
  },
});

const list = route({
  method: "GET",
  path: "/api/v1/dead-letters/{queue}",
  operationId: "listDeadLetters",
  summary: "Messages of a dead-letter queue, long ones cut; the queue has no order, and while somebody else looks it shows fewer",
  permission: PERMISSION,
  query: z.strictObject({ limit: z.coerce.number().int().min(1).max(DEAD_LETTER_LIMITS.shown).default(DEAD_LETTER_LIMITS.batch) }),
  reply: DeadLetterList,
  status: 200,
  run: async ({ query: { limit }, ...request }) => {
    const queue = queueIn(request);
    const letters = await request.deps.deadLetters.look(queue, limit);
    return { body: { dead_letters: letters.map((letter) => cut(view(queue, letter))) } };
  },
});

const get = route({
  method: "GET",
  path: "/api/v1/dead-letters/{queue}/{message_id}",
  operationId: "getDeadLetter",
  summary: "A message that failed for good, whole",
  permission: PERMISSION,
  reply: DeadLetterView,
  status: 200,
  run: async (request) => {
    const queue = queueIn(request);
    return { body: view(queue, await request.deps.deadLetters.find(queue, param(request, "message_id"))) };
  },
});

const redrive = route({
  method: "POST",
  path: "/api/v1/dead-letters/{queue}/{message_id}/redrive",
  operationId: "redriveDeadLetter",
  summary: "Send a message back to its work queue",
  permission: PERMISSION,
  body: z.strictObject({}),
  reply: DeadLettersRedriven,
  status: 202,
  refusals: [409],
  run: async (request) => {
    const queue = queueIn(request);
    const message = param(request, "message_id");
    await request.deps.deadLetters.redrive(queue, message);
    log(request, "dead_letters.redriven", { queue, message });
    return { body: { queue, source: present(deadLetterQueueOf(queue).source), redriven: 1 } };
  },
});

const redriveAll = route({
  method: "POST",
  path: "/api/v1/dead-letters/{queue}/redrive",
  operationId: "redriveDeadLetters",
  summary: "Send all messages of a queue back to their work queue, in the background",
  permission: PERMISSION,
  body: z.strictObject({}),
  reply: DeadLettersRedriven,
  status: 202,
  refusals: [409],
  run: async (request) => {
    const queue = queueIn(request);
    const redriven = await request.deps.deadLetters.waiting(queue);
    await request.deps.deadLetters.redriveAll(queue);
    log(request, "dead_letters.redriven", { queue, waiting: redriven });
    return { body: { queue, source: present(deadLetterQueueOf(queue).source), redriven } };
  },
});

const drop = route({
  method: "DELETE",
  path: "/api/v1/dead-letters/{queue}/{message_id}",
  operationId: "dropDeadLetter",
  summary: "Remove a message for ever",
  permission: PERMISSION,
  reply: NO_BODY,
  status: 204,
  run: async (request) => {
    const queue = queueIn(request);
    const message = param(request, "message_id");
    await request.deps.deadLetters.drop(queue, message);
    log(request, "dead_letters.dropped", { queue, message });
    return { body: undefined };
  },
});

const dropAll = route({
  method: "DELETE",
  path: "/api/v1/dead-letters/{queue}",
  operationId: "dropDeadLetters",
  summary: "Remove all messages of a queue for ever, within a minute",
  permission: PERMISSION,
  reply: DeadLettersDropped,
  status: 200,
  refusals: [409],
  run: async (request) => {
    const queue = queueIn(request);
    const dropped = await request.deps.deadLetters.waiting(queue);
    await request.deps.deadLetters.dropAll(queue);
    log(request, "dead_letters.dropped", { queue, waiting: dropped });
    return { body: { queue, dropped } };
  },
});

/** Messages that failed for good. */
export const DEAD_LETTER_ROUTES = [queues, list, get, redrive, redriveAll, drop, dropAll];
