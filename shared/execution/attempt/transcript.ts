import type { Stores, Agents } from "../runtime/runtime.ts";
import type { Clock } from "../runtime/clock.ts";
import { AsyncLocalStorage } from "node:async_hooks";
import { type HeardExchange, readExchange } from "../../a2a/exchange-log.ts";
import type { Agent } from "../../agents/agent.ts";
import type { AttemptMessage, FoundAttempt } from "../../agents/calls/agent-calls.ts";
import { partsSentTo } from "../../agents/calls/message-parts.ts";
import { fitExchanges, viewExchanges } from "../../agents/calls/show-exchanges.ts";
import { EXECUTION_LIMITS } from "../limits.ts";
import { type Attempt, refOf } from "../runtime/attempt.ts";
import { storeJson } from "../store/payload-store.ts";
import { attemptPayload } from "../task/payload-keys.ts";
import type { TranscriptAct, TranscriptEntry } from "../views/transcripts.ts";
import { composeMessage } from "./compose-message.ts";

/**
 * Transcripts: what was sent to agents and heard from them.
 *
 * 1. Every act upon an attempt is listened to, in memory. What came of it decides whether that is kept: an object beside
 *    the attempt's payloads, so no row is written for it and an attempt that goes well costs nothing.
 * 2. Of an attempt that fails at a look, the send is not kept any more: what had been sent is made anew from the task.
 * 3. A transcript that cannot be kept is our fault alone: the attempt goes on.
 */
const listeners = new AsyncLocalStorage<HeardExchange[]>();

/** Hears of every exchange of a process, and adds it to the act that it belongs to. */
export const hearExchange = (heard: HeardExchange): void => void listeners.getStore()?.push(heard);

/** Names begin with the time, so that their order is the entries'. */
export const transcriptName = ({ at }: Pick<TranscriptEntry, "at">): string => `transcript/${at}`;

/** What is done upon an attempt. */
export interface Act {
  readonly agent: Agent;
  readonly act: TranscriptAct;
  /** What goes to the agent. */
  readonly message?: AttemptMessage | undefined;
}

/** Does something upon an attempt, and keeps what was sent and heard if that is wanted. */
export async function transcribed<Outcome extends FoundAttempt>(
  runtime: Stores & Agents & Clock,
  attempt: Attempt,
  { doing, ...act }: Act & { readonly doing: () => Promise<Outcome> },
): Promise<Outcome> {
  const heard: HeardExchange[] = [];
  const from = runtime.now().getTime();
  const outcome = await listeners.run(heard, doing);
  const { task, record } = attempt;
  const keepsAll = ((task.kind === "agent" ? task.transcript : undefined) ?? runtime.transcripts) === "always";
  const isNews = act.act !== "look" || outcome.kind !== "working" || record.state !== "running";
  if (!hasFailed(act.act, outcome) && !(keepsAll && isNews)) return outcome;
  try {
    const entry = await entryOf(runtime, attempt, { ...act, heard, from, outcome, isSendKept: keepsAll });
    await storeJson(runtime.payloads, attemptPayload(refOf(attempt), transcriptName(entry)), JSON.stringify(entry));
  } catch (error) {
    runtime.logger.warn("a transcript was not kept", { ...refOf(attempt), error });
  }
  return outcome;
}

/** Who gives up has heard nothing that ends the attempt: that is why. */
const hasFailed = (act: TranscriptAct, outcome: FoundAttempt): boolean =>
  act === "give_up" ||
  outcome.kind === "failed" ||
  outcome.kind === "in_doubt" ||
  (outcome.kind === "completed" && outcome.isEmpty === true);

interface Heard extends Act {
  readonly heard: readonly HeardExchange[];
  readonly from: number;
  readonly outcome: FoundAttempt;
  readonly isSendKept: boolean;
}

async function entryOf(
  runtime: Stores & Agents & Clock,
  attempt: Attempt,
  { agent, act, message, heard, from, outcome, isSendKept }: Heard,
): Promise<TranscriptEntry> {
  const isSecret = message?.isSecret === true;
  const secrets = [...(message?.push === undefined ? [] : [message.push.token]), ...(isSecret ? textsIn(message.data) : [])];
  const read = heard.map((exchange) => readExchange(exchange, secrets));
  const records = isSecret ? read.map((record) => ({ ...record, body: "(left out: it holds a credential)" })) : read;
  const entry = {
    at: new Date(from).toISOString(),
    duration_ms: runtime.now().getTime() - from,
    agent_id: agent.agent_id,
    act,
    outcome: outcome.kind,
    ...(outcome.kind === "failed" ? { failure: outcome.failure } : {}),
    ...("usage" in outcome && outcome.usage !== undefined ? { usage: { ...outcome.usage } } : {}),
    ...(message === undefined && !isSendKept ? { sent: await sentBefore(runtime, attempt, agent) } : {}),
    ...viewExchanges(records, EXECUTION_LIMITS.transcriptExchanges),
  };
  return fitExchanges(fitSent(entry), EXECUTION_LIMITS.transcriptBytes);
}

const textsIn = (value: unknown): string[] =>
  typeof value === "string" ? [value] : typeof value === "object" && value !== null ? Object.values(value).flatMap(textsIn) : [];

async function sentBefore(runtime: Stores & Agents, attempt: Attempt, agent: Agent): Promise<unknown[]> {
  const message = await composeMessage(runtime, attempt, { agent, secret: undefined });
  return [...partsSentTo(agent, message)];
}

/** Parts that alone would fill an entry are left out; they are the task's input and its dependencies' outputs. */
function fitSent(entry: TranscriptEntry): TranscriptEntry {
  const bytes = Buffer.byteLength(JSON.stringify(entry.sent ?? []));
  return bytes > EXECUTION_LIMITS.transcriptBytes / 2 ? { ...entry, sent: [`(left out: ${bytes} bytes)`] } : entry;
}
