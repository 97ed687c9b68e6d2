import * as z from "zod";
import { CONTENT_REFUSED } from "../../shared/agents/calls/refusal.ts";
import { blameFor } from "../../shared/execution/attempt/blame.ts";
import type { AgentRef } from "../../shared/agents/store/agent-store.ts";
import { learn, type LearntProfile, type Lesson } from "../../shared/agents/store/profile-store.ts";
import { saveSigns } from "../../shared/agents/store/vital-store.ts";
import type { AgentStore } from "../../shared/agents/store/vital-store.ts";
import { observeTask } from "../../shared/agents/registry/profile.ts";
import { NO_POSTERIORS, observeEnding } from "../../shared/agents/registry/posterior.ts";
import { figuresOf } from "../../shared/agents/registry/profile-figures.ts";
import type { AgentDirectory } from "../../shared/agents/pool/agent-directory.ts";
import type { Agent, AgentLearned } from "../../shared/agents/agent.ts";

/** The parts of `task.completed` and `task.retry_scheduled` that teach something about an agent. */
export const Outcome = z.object({
  event_id: z.string(),
  tenant: z.string(),
  /** Event ids are unique inside an execution. */
  execution_id: z.string(),
  timestamp: z.iso.datetime(),
  agent_id: z.string().optional(),
  skill: z.string().optional(),
  /** Absent in `task.retry_scheduled`, which tells of a failure. */
  status: z.enum(["success", "failed", "skipped", "cancelled"]).default("failed"),
  duration_seconds: z.number().nonnegative().optional(),
  error: z.object({ code: z.string() }).optional(),
  usage: z.object({ cost: z.number().nonnegative().optional() }).optional(),
});
export type Outcome = z.infer<typeof Outcome>;

/** What `learnOutcomes` stands on. */
export interface LearnDeps {
  readonly agents: AgentStore;
  readonly directory: AgentDirectory;
  readonly now: () => Date;
}

/** Weight of the newest attempt in the moving error rate: about the last ten count. */
const NEWEST = 0.1;

/** Failures by the task's own fault say nothing of the agent's health; its trust they do touch. */
const CONTENT_FAULTS: ReadonlySet<string> = new Set(["AgentRejected", CONTENT_REFUSED, "TaskRejected", "InvalidInput"]);

/**
 * Learns from outcomes of tasks, an agent's together in one write, each outcome once. Agents that are in no registry
 * any more are not learnt about.
 *
 * @returns outcomes that could not be learnt now, with the reason.
 */
export async function learnOutcomes(deps: LearnDeps, outcomes: readonly Outcome[]): Promise<Map<Outcome, unknown>> {
  const failed = new Map<Outcome, unknown>();
  const groups = Map.groupBy(outcomes.filter(isTelling), ({ tenant, agent_id: id = "" }) => `${tenant} ${id}`);
  const work = [...groups.values()].map(async (group) => {
    try {
      await learnAbout(deps, group);
    } catch (error) {
      for (const outcome of group) failed.set(outcome, error);
    }
  });
  await Promise.all(work);
  return failed;
}

const isTelling = ({ agent_id: id, status, error }: Outcome): boolean =>
  id !== undefined && (status === "success" || (status === "failed" && !isOurFault(error?.code)));

const isOurFault = (code: string | undefined): boolean => code !== undefined && blameFor({ code }, true) === "us";

async function learnAbout(deps: LearnDeps, outcomes: readonly Outcome[]): Promise<void> {
  const [{ tenant, agent_id: agentId = "" } = { tenant: "" }] = outcomes;
  const { agents } = await deps.directory.of(tenant);
  const agent = agents.get(agentId);
  if (agent === undefined) return;
  const ref: AgentRef = { tenant, agentId };
  const learnt = await learn(deps.agents, ref, [
    ...freshStart(agent),
    ...outcomes.map((outcome) => lessonOf(outcome, agent)),
  ]);
  if (learnt === undefined) return;
  const sign = digestOf(learnt, agent, deps.now());
  await saveSigns(deps.agents, tenant, { kind: "L", signs: [{ agentId, sign }] });
}

/** An agent that was registered again is likely mended: its recent failures are forgotten, once. */
function freshStart({ learned, enrolled_at: since = "" }: Agent): Lesson[] {
  if (learned === undefined || learned.at >= since) return [];
  return [{ eventId: `enrolled.${since}`, apply: (learnt) => ({ ...learnt, errorRate: 0 }) }];
}

function lessonOf(outcome: Outcome, agent: Agent): Lesson {
  const { execution_id: execution, event_id: id, status, error, skill, timestamp } = outcome;
  const isFault = status === "failed" && !CONTENT_FAULTS.has(error?.code ?? "");
  const capability = skill ?? onlyCapability(agent);
  const at = Date.parse(timestamp);
  return {
    eventId: `${execution}.${id}`,
    apply: ({ profile, errorRate, posteriors = NO_POSTERIORS }) => ({
      errorRate: errorRate * (1 - NEWEST) + (isFault ? NEWEST : 0),
      posteriors: observeEnding(posteriors, {
        capability,
        success: status === "success" ? 1 : 0,
        seconds: outcome.duration_seconds,
        cost: outcome.usage?.cost,
        at,
      }),
      profile: observeTask(profile, {
        capability,
        outcome: status === "success" ? "completed" : "failed",
        latencyMs:
          outcome.duration_seconds === undefined ? (agent.learned?.latency_ms ?? 0) : outcome.duration_seconds * 1000,
        cost: outcome.usage?.cost,
        at,
        errorCode: error?.code,
      }),
    }),
  };
}

/** A task that names no skill was done with some capability of its agent; of several nobody knows which. */
const onlyCapability = ({ capabilities }: Agent): string =>
  capabilities.length === 1 ? (capabilities[0] ?? "any") : "any";

function digestOf({ profile, errorRate }: LearntProfile, agent: Agent, now: Date): AgentLearned {
  const figures = figuresOf(profile, agent, now.getTime());
  const known = {
    trust: profile.trust,
    success_rate: figures.successRate,
    latency_ms: figures.medianMs,
    p95_ms: figures.p95Ms,
    uptime: figures.uptime,
    cost_per_task: figures.costPerTask,
    sla_compliance: figures.slaCompliance,
  };
  const stated = Object.fromEntries(Object.entries(known).filter(([, value]) => value !== undefined));
  return { at: now.toISOString(), tasks: figures.tasks, error_rate: errorRate, ...stated };
}
