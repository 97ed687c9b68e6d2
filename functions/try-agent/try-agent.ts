import type { A2aClient, SendOutcome } from "../../shared/a2a/a2a-client.ts";
import type { AgentEndpoint } from "../../shared/a2a/agent-routes.ts";
import { type ExchangeRecord, type HeardExchange, readExchange } from "../../shared/a2a/exchange-log.ts";
import type { Part } from "../../shared/a2a/parts.ts";
import type { TaskSnapshot } from "../../shared/a2a/task-snapshot.ts";
import { withAnswer } from "../../shared/a2a/whole-answer.ts";
import { EMPTY_ANSWER } from "../../shared/execution/attempt/blame.ts";
import { outcomeOfSend, outcomeOfTask } from "../../shared/agents/calls/a2a-calls.ts";
import type { AttemptOutcome } from "../../shared/agents/calls/agent-calls.ts";
import type { Agent } from "../../shared/agents/agent.ts";
import { extensionFields } from "../../shared/agents/calls/message-parts.ts";
import type { CallableAgent } from "../../shared/agents/calls/agent-endpoint.ts";
import { AGENT_LIMITS } from "../../shared/agents/limits.ts";
import { loadAgent } from "../../shared/agents/store/agent-store.ts";
import { loadTrial, saveTrial } from "../../shared/agents/store/trial-store.ts";
import type { AgentStore } from "../../shared/agents/store/vital-store.ts";
import { fitExchanges, viewExchanges } from "../../shared/agents/calls/show-exchanges.ts";
import type { TrialOrder, TrialRequest, TrialView } from "../../shared/agents/views/trials.ts";
import { OrchestratorError } from "../../shared/core/errors.ts";

/** What a trial stands on. */
export interface TryAgentDeps {
  readonly agents: AgentStore;
  readonly endpointOf: (agent: CallableAgent) => Promise<AgentEndpoint>;
  /** Makes a client whose exchanges the listener hears of. */
  readonly connect: (hear: (heard: HeardExchange) => void) => A2aClient;
  readonly now: () => number;
  readonly sleep: (milliseconds: number) => Promise<void>;
}

/** Where a trial stands, apart from its exchanges. */
type Standing = Pick<TrialView, "status" | "output" | "failure" | "agent_task_id" | "context_id">;

/**
 * Sends one message to an agent as the caller words it, and follows the task that it begins until it rests or the time is
 * over. What was sent and heard is kept on the way, so that a trial that is cut off still shows it. A message may arrive
 * twice like any other; a trial that has ended is not made again.
 */
export async function tryAgent(deps: TryAgentDeps, { tenant, agentId, trialId, request }: TrialOrder): Promise<void> {
  const begun = await loadTrial(deps.agents, { tenant, agentId, trialId });
  if (begun.status !== "running" || begun.exchanges.length > 0) return;
  const records: ExchangeRecord[] = [];
  const save = (standing: Standing): Promise<void> => saveTrial(deps.agents, tenant, fitting({ ...begun, ...standing, ...endOf(standing, deps), ...viewExchanges(records, AGENT_LIMITS.trialExchanges) }));
  const client = deps.connect((heard) => records.push(readExchange(heard)));
  try {
    const agent = await loadAgent(deps.agents, tenant, agentId);
    const endpoint = await deps.endpointOf(agent);
    const deadline = deps.now() + request.timeout_seconds * 1000;
    let standing = await standingOf(client, endpoint, await client.sendTask(endpoint, messageOf(trialId, request, agent)));
    for (let look = 0; standing.status === "running"; look += 1) {
      await save(standing);
      const left = deadline - deps.now();
      if (left <= 0) standing = { ...standing, status: "timed_out" };
      else {
        await deps.sleep(Math.min(left, 500 * 1.5 ** Math.min(look, 6)));
        standing = await lookAt(client, endpoint, standing);
      }
    }
    await save(standing);
  } catch (error) {
    const isOurs = !(error instanceof OrchestratorError);
    await save({ status: "failed", failure: isOurs ? { code: "InternalError", message: "internal error" } : { code: error.name, message: error.message } });
    if (isOurs) throw error;
  } finally {
    client.close();
  }
}

function messageOf(trialId: string, { text, data, context_id: contextId, task_id: taskId, timeout_seconds: seconds }: TrialRequest, agent: Agent) {
  const parts: Part[] = [...(text === undefined ? [] : [{ kind: "text" as const, text }]), ...(data === undefined ? [] : [{ kind: "data" as const, data }])];
  return {
    messageId: trialId,
    contextId: contextId ?? trialId,
    parts,
    ...extensionFields(agent, { trial_id: trialId }),
    stream: agent.supports_streaming,
    timeoutMs: seconds * 1000,
    ...(taskId === undefined ? {} : { taskId }),
  };
}

async function lookAt(client: A2aClient, endpoint: AgentEndpoint, before: Standing): Promise<Standing> {
  const found = await client.getTask(endpoint, before.agent_task_id ?? "");
  if (found !== "not-found") return standingOfTask(await withAnswer(client, endpoint, found));
  return { ...before, status: "failed", failure: { code: "AgentForgotTask", message: "the agent does not know the task that it began" } };
}

async function standingOf(client: A2aClient, endpoint: AgentEndpoint, sent: SendOutcome): Promise<Standing> {
  return sent.kind === "task" ? standingOfTask(await withAnswer(client, endpoint, sent.snapshot)) : standingAfter(outcomeOfSend(sent));
}

const standingOfTask = (task: TaskSnapshot): Standing => ({
  ...standingAfter(outcomeOfTask(task)),
  agent_task_id: kept(task.taskId),
  context_id: task.contextId === undefined ? undefined : kept(task.contextId),
});

/** Ids are the agent's to make up, and ours to keep only so far. */
const kept = (id: string): string | undefined => (id.length > AGENT_LIMITS.agentIdCharacters ? undefined : id);

function standingAfter(outcome: AttemptOutcome): Standing {
  switch (outcome.kind) {
    case "completed":
      return outcome.isEmpty === true ? { status: "failed", output: outcome.output, failure: EMPTY } : { status: "completed", output: outcome.output };
    case "input_required":
      return { status: "input_required", output: outcome.question };
    case "failed":
      return { status: "failed", failure: outcome.failure };
    case "in_doubt":
      return { status: "failed", failure: { code: "NoAnswer", message: outcome.reason } };
    case "working":
      return { status: "running" };
    default:
      return outcome satisfies never;
  }
}

const EMPTY = {
  code: EMPTY_ANSWER,
  message: "the agent is done and left no answer that can be read; a task of a workflow fails so, unless on_empty_answer is accept",
};

const endOf = ({ status }: Standing, { now }: TryAgentDeps) => (status === "running" ? {} : { ended_at: new Date(now()).toISOString() });

/** A trial that fits into its row: an output that does not fit is left out, and bodies are cut until it does. */
function fitting(trial: TrialView): TrialView {
  const bytes = Buffer.byteLength(JSON.stringify(trial.output) ?? "");
  const isLarge = bytes > AGENT_LIMITS.trialBytes / 2;
  return fitExchanges(isLarge ? { ...trial, output: `(left out: ${bytes} bytes)` } : trial, AGENT_LIMITS.trialBytes);
}
