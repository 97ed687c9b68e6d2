import type { Agent } from "../../agents/agent.ts";
import type { AttemptMessage, AttemptOutcome, FoundAttempt } from "../../agents/calls/agent-calls.ts";
import type { HookAction } from "../action.ts";
import type { HookOutcome } from "../hook-run.ts";
import { type ActionDeps, contextOf, type Delivery, failedTry } from "./delivery.ts";

type AgentWish = Extract<HookAction, { type: "agent" }>;

/** Pauses between looks at a task that goes on: from a quarter of a second to five. */
const FIRST_LOOK_MS = 250;
const LONGEST_LOOK_MS = 5000;

/** Sends an event to an agent and waits for what it makes of it. The message's id is the run's, so a repeat is known. */
export async function askAgent(deps: ActionDeps, delivery: Delivery, action: AgentWish): Promise<HookOutcome> {
  const { event, signal } = delivery;
  const agent = await deps.agent(event.tenant, action.agent_id);
  if (agent === undefined) return failedTry("UnknownAgent", `agent '${action.agent_id}' is not registered`, false);
  const message = messageOf(delivery, action);
  let heard: AttemptOutcome | FoundAttempt = await deps.calls.send(agent, message);
  for (let wait = FIRST_LOOK_MS; isOpen(heard) && !signal.aborted; wait = Math.min(wait * 2, LONGEST_LOOK_MS)) {
    await deps.sleep(wait);
    heard = await lookAgain(deps, { agent, message, heard });
  }
  return outcomeOf(heard);
}

const isOpen = ({ kind }: AttemptOutcome | FoundAttempt): boolean => kind === "working" || kind === "in_doubt";

function lookAgain(
  { calls }: ActionDeps,
  { agent, message, heard }: { agent: Agent; message: AttemptMessage; heard: AttemptOutcome | FoundAttempt },
): Promise<FoundAttempt> {
  return heard.kind === "working" ? calls.get(agent, heard.agentTaskId) : calls.find(agent, message);
}

function messageOf(delivery: Delivery, { instruction }: AgentWish): AttemptMessage {
  const { hook, run, timeoutMs } = delivery;
  const { data, type, ...about } = contextOf(delivery);
  const description = instruction ?? `'${type}' happened. Do what you are here for when it does.`;
  return {
    messageId: run.run_id,
    contextId: run.run_id,
    timeoutMs,
    data: { task: hook.name, description, input: { type, ...data } },
    metadata: about,
    files: [],
    push: undefined,
  };
}

function outcomeOf(heard: AttemptOutcome | FoundAttempt): HookOutcome {
  switch (heard.kind) {
    case "completed":
      return { status: "completed", output: heard.output };
    case "failed":
      return failedTry(heard.failure.code, heard.failure.message, heard.retryable);
    case "input_required":
      return failedTry("AgentAsks", "the agent asks a question, which a hook cannot answer", false);
    case "not_found":
      return failedTry("AgentForgotTask", "the agent does not know the task that it began", true);
    case "unsupported":
    case "in_doubt":
      return failedTry("NoAnswer", "nothing was heard of what was sent", true);
    case "working":
      return { status: "timeout", error: { code: "HookTimedOut", message: "the agent was still at work" }, retryable: true };
    default:
      return heard satisfies never;
  }
}
