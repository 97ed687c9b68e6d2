/**
 * The orchestrator's A2A client: agents of 0.2, 0.3 and 1.x, judged by what they do rather than by what they say.
 *
 * Transport: our own JSON-RPC over node:http (`http-exchange.ts`) instead of the SDK's client. What decided: over fetch
 * the SDK can neither guard DNS, nor cap a reply, nor tell "not sent" from "lost". It also takes 0.54 to 0.63 of the
 * SDK's CPU per send (medians of `test/bench/a2a-client.bench.ts`: 0.22 against 0.35 ms one at a time). The SDK stays
 * for the canonical form of signed cards.
 *
 * 1. A send is `in-doubt` whenever the agent may have acted and did not say so. The client never repeats such a send.
 * 2. It repeats a send in three cases, each after a refusal that precedes any effect: the card changed, the agent only
 *    streams, the agent refuses push notifications.
 * 3. Credentials travel to the registered host, or to hosts the operator named, and nowhere else.
 */
import type { JWK } from "jose";
import type { Usage } from "../core/usage.ts";
import { A2A_LIMITS } from "./limits.ts";
import type { AgentCard } from "./agent-card.ts";
import { createAgentRoutes, type AgentEndpoint, type AgentRoute } from "./agent-routes.ts";
import type { CardTrust } from "../core/public-key.ts";
import { type CardAccess, createCardSource, type FetchedCard } from "./card-source.ts";
import { createAuthorizer } from "./credentials.ts";
import type { OutgoingMessage, PushTarget } from "./dialect.ts";
import { AgentRefusedError, INVALID_RESULT } from "./errors.ts";
import { type ExtendedCard, fetchExtendedCard } from "./extended-card.ts";
import { type HeardExchange, loggedExchange } from "./exchange-log.ts";
import { createExchange } from "./http-exchange.ts";
import type { Part } from "./parts.ts";
import { createRpcCaller, type RpcCall, type RpcCaller } from "./rpc-caller.ts";
import { callError, RPC_CODES, type InDoubt, type Refusal, type RpcReply } from "./rpc-reply.ts";
import { findTask, type TaskQuery } from "./task-search.ts";
import { readSendResult, WireTask, type SendResult, type TaskSnapshot } from "./task-snapshot.ts";

/** What a client may reach, whose cards it believes, and how much it reads. */
export interface A2aClientOptions {
  /** `host` or `host:port` entries that may be private and may speak http. @default - none */
  readonly allowedHosts?: readonly string[];
  /** Public keys of card signers the operator trusts, by key id. @default - none */
  readonly trustedCardKeys?: Readonly<Record<string, JWK>>;
  /** Largest reply that is read. @default `A2A_LIMITS.replyBytes` */
  readonly replyBytes?: number;
  /** Hears of each HTTP exchange with agents and their cards; not of those for tokens, whose bodies are secrets. @default - none */
  readonly exchanges?: { readonly hear: (heard: HeardExchange) => void; readonly now: () => number };
}

/** A message for an agent and how to wait for it. */
export interface SendTask extends OutgoingMessage {
  /** Left out towards agents that cannot push; see `push` of the outcome. */
  readonly push?: PushTarget;
  /** Answer as soon as the task exists. @default true */
  readonly returnImmediately?: boolean;
  /** @default 20 s */
  readonly timeoutMs?: number;
  /** Sends as a stream, if the card offers it, and reads it up to its end: some servers stop recording when a reader leaves. */
  readonly stream?: boolean;
  /** Hears which task a stream is about, as soon as an event says so. */
  readonly onTask?: ((snapshot: TaskSnapshot) => void) | undefined;
  /** Hangs up; the send is in doubt then. */
  readonly signal?: AbortSignal | undefined;
}

/** What became of a send. */
export type SendOutcome =
  | {
      readonly kind: "task";
      readonly snapshot: TaskSnapshot;
      /** The agent took the push configuration: it will report, as far as agents keep promises. */
      readonly push: boolean;
    }
  | { readonly kind: "message"; readonly parts: readonly Part[]; readonly usage?: Usage }
  | Refusal
  | InDoubt;

/** Reading calls throw `AgentUnavailableError` (may pass) and {@link AgentRefusedError} (will not). */
export interface A2aClient {
  /** The agent's card as it is now; refreshes what later calls use. Throws as `CardSource.refresh`. */
  fetchAgentCard(url: string, access?: CardAccess): Promise<FetchedCard>;
  /** The part of a card that a trusted key has signed. Throws as `CardSource.trusted`. */
  trustedCard(url: string, raw: unknown, trust: CardTrust): Promise<AgentCard>;
  /** The card that an agent shows to the credential that we have, where it has one beside the public card. */
  fetchExtendedCard(agent: AgentEndpoint): Promise<ExtendedCard | undefined>;
  /**
   * Where a card's calls go.
   *
   * @throws {InvalidAgentCardError} it offers no interface that can be called.
   * @throws {ForbiddenUrlError} calls may not go there.
   */
  callTarget(url: string, card: AgentCard): URL;
  /** Sends one message. Outcomes are values; only an unusable card, URL or credential throws. */
  sendTask(agent: AgentEndpoint, send: SendTask): Promise<SendOutcome>;
  getTask(agent: AgentEndpoint, taskId: string, options?: GetOptions): Promise<TaskSnapshot | "not-found">;
  /** Asks to cancel. The state that the task is in afterwards decides: an agent may be done already, or refuse. */
  cancelTask(agent: AgentEndpoint, taskId: string, options?: CallOptions): Promise<TaskSnapshot | "not-found">;
  /** Looks for the task an in-doubt message started. `"unsupported"`: the agent cannot list, so nothing is known. */
  findTask(agent: AgentEndpoint, query: TaskQuery): Promise<TaskSnapshot | "not-found" | "unsupported">;
  /** Closes idle connections. */
  close(): void;
}

/** How long one call may take, connecting included. */
export interface CallOptions {
  /** @default 20 s */
  readonly timeoutMs?: number;
}

/** How a task is asked for. */
export interface GetOptions extends CallOptions {
  /** Asks for what was said on the way as well: where some agents leave their answer. @default false */
  readonly withHistory?: boolean;
}

/** Makes a client with connection pools, cards and tokens of its own. Create it once per process. */
export function createA2aClient(options: A2aClientOptions = {}): A2aClient {
  const allowedHosts = new Set(options.allowedHosts);
  const { replyBytes = A2A_LIMITS.replyBytes, exchanges } = options;
  const plain = createExchange();
  const exchange = exchanges === undefined ? plain : loggedExchange(plain, exchanges.hear, exchanges.now);
  const cards = createCardSource({ exchange, allowedHosts, trustedCardKeys: options.trustedCardKeys ?? {} });
  const routes = createAgentRoutes(cards, allowedHosts);
  const caller = createRpcCaller({ exchange, routes, authorize: createAuthorizer(plain, allowedHosts), replyBytes });
  return {
    fetchAgentCard: (url, access) => cards.refresh(url, access),
    trustedCard: (url, raw, trust) => cards.trusted(url, raw, trust),
    fetchExtendedCard: (agent) => fetchExtendedCard(caller, cards, agent),
    callTarget: (url, card) => routes.follow(url, card).target.url,
    sendTask: (agent, send) => sendTask(caller, agent, send),
    getTask: (agent, taskId, call) => getTask(caller, agent, { taskId, ...call }),
    cancelTask: (agent, taskId, call) => cancelTask(caller, agent, { taskId, ...call }),
    findTask: (agent, query) => findTask(caller, agent, query),
    close: () => exchange.close(),
  };
}

async function sendTask(caller: RpcCaller, agent: AgentEndpoint, send: SendTask): Promise<SendOutcome> {
  const route = await caller.routes.find(agent);
  if (route.learned.streamsOnly || (send.stream === true && route.card.capabilities.streaming)) return sendByStream(caller, agent, send);
  const reply = await caller.call(
    agent,
    sendCall(send, ({ dialect }) => dialect.methods.send),
  );
  if (reply.kind === "in-doubt") return reply;
  const current = await caller.routes.find(agent);
  if (reply.kind === "result") return outcomeOf(readSendResult(reply.result), pushFor(current, send) !== undefined);
  if (isPushRefusal(reply) && pushFor(current, send) !== undefined) {
    current.learned.refusesPush = true;
    return sendTask(caller, agent, send);
  }
  if (isSendUnsupported(reply) && current.card.capabilities.streaming) {
    current.learned.streamsOnly = true;
    return sendByStream(caller, agent, send);
  }
  return reply;
}

async function sendByStream(caller: RpcCaller, agent: AgentEndpoint, send: SendTask): Promise<SendOutcome> {
  const result = await caller.stream(
    agent,
    { ...sendCall(send, ({ dialect }) => dialect.methods.stream), onTask: send.onTask },
  );
  if (result.kind === "refused" || result.kind === "in-doubt") return result;
  return outcomeOf(result, pushFor(await caller.routes.find(agent), send) !== undefined);
}

function sendCall(send: SendTask, method: RpcCall["method"]): RpcCall {
  const { push: _, returnImmediately = true, timeoutMs, stream: __, onTask: ___, signal, ...message } = send;
  return {
    method,
    params: (route) => {
      const push = pushFor(route, send);
      const acceptedOutputModes = route.card.outputModes;
      return route.dialect.sendParams(message, {
        returnImmediately,
        acceptedOutputModes,
        ...(push === undefined ? {} : { push }),
      });
    },
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
    signal,
  };
}

function pushFor({ card, learned }: AgentRoute, { push }: SendTask): PushTarget | undefined {
  return card.capabilities.push && !learned.refusesPush ? push : undefined;
}

function outcomeOf(result: SendResult | undefined, push: boolean): SendOutcome {
  if (result === undefined) {
    return {
      kind: "refused",
      code: INVALID_RESULT,
      message: "the result is neither task nor message",
      retryable: true,
    };
  }
  return result.kind === "task" ? { ...result, push } : result;
}

function isPushRefusal({ code }: Refusal): boolean {
  return code === String(RPC_CODES.pushNotSupported);
}

function isSendUnsupported({ code }: Refusal): boolean {
  return code === String(RPC_CODES.unsupportedOperation) || code === String(RPC_CODES.methodNotFound);
}

interface TaskCall extends CallOptions {
  readonly taskId: string;
}

async function getTask(caller: RpcCaller, agent: AgentEndpoint, call: TaskCall & GetOptions): Promise<TaskSnapshot | "not-found"> {
  const reply = await caller.call(agent, {
    method: ({ dialect }) => dialect.methods.get,
    params: () => ({ id: call.taskId, ...(call.withHistory === true ? {} : { historyLength: 0 }) }),
    timeoutMs: call.timeoutMs ?? A2A_LIMITS.callTimeoutMs,
  });
  return readTaskReply(agent, reply);
}

async function cancelTask(caller: RpcCaller, agent: AgentEndpoint, call: TaskCall): Promise<TaskSnapshot | "not-found"> {
  const reply = await caller.call(agent, {
    method: ({ dialect }) => dialect.methods.cancel,
    params: () => ({ id: call.taskId }),
    timeoutMs: call.timeoutMs ?? A2A_LIMITS.callTimeoutMs,
  });
  const settledAlready = reply.kind === "refused" && reply.code === String(RPC_CODES.taskNotCancelable);
  return settledAlready ? getTask(caller, agent, call) : readTaskReply(agent, reply);
}

function readTaskReply({ agentId }: AgentEndpoint, reply: RpcReply): TaskSnapshot | "not-found" {
  if (reply.kind === "result") {
    const task = WireTask.safeParse(reply.result);
    if (task.success) return task.data;
    throw new AgentRefusedError(agentId, INVALID_RESULT, "the result is no task", { cause: task.error });
  }
  if (reply.kind === "refused" && reply.code === String(RPC_CODES.taskNotFound)) return "not-found";
  throw callError(agentId, reply);
}
