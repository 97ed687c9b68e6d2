import * as z from "zod";
import { anyCase } from "./any-case.ts";
import { DEFAULTS, WORKFLOW_LIMITS } from "../limits.ts";
import { AgentId, WorkflowVersion } from "./names.ts";
import { ExpressionsWire } from "./expression-wire.ts";
import { parseBytes, parseCpuCores } from "./quantities.ts";
import { readTrigger, TriggerWire } from "./trigger-part.ts";
import { type AgentResources, type RetryPolicy, RoutingStrategy } from "./task-definition.ts";
import {
  type AgentRole,
  Answer,
  type Budget,
  CompensationStrategy,
  type FaultTolerance,
  type ResourceConstraints,
  Runner,
  type Sla,
  type Trigger,
} from "./workflow-definition.ts";

const CpuWire = z.union([z.string(), z.number()]).refine((cpu) => parseCpuCores(String(cpu)) !== undefined, {
  error: 'expected a CPU amount such as "2000m" or "4 cores"',
});
const BytesWire = z.union([z.string(), z.number()]).refine((size) => parseBytes(String(size)) !== undefined, {
  error: 'expected a size such as "4Gi" or "8GB"',
});

/** `resources` of a role, `resource_requirements` of a stage. */
export const ResourcesWire = z.strictObject({
  cpu: CpuWire.optional(),
  memory: BytesWire.optional(),
  disk: BytesWire.optional(),
});

type Amount = string | number | undefined;
const cores = (amount: Amount): number | undefined =>
  amount === undefined ? undefined : parseCpuCores(String(amount));
const bytes = (amount: Amount): number | undefined => (amount === undefined ? undefined : parseBytes(String(amount)));

/** Turns amounts into numbers. */
export function readResources(wire: z.infer<typeof ResourcesWire> | undefined): AgentResources {
  if (wire === undefined) return {};
  return { cpuCores: cores(wire.cpu), memoryBytes: bytes(wire.memory), diskBytes: bytes(wire.disk) };
}

/** `resource_constraints`: ceilings over all agents of a run. */
export const ConstraintsWire = z.strictObject({
  max_agents: z.int().positive().optional(),
  max_cpu: CpuWire.optional(),
  max_memory: BytesWire.optional(),
});

/** Turns ceilings into numbers. */
export function readConstraints(wire: z.infer<typeof ConstraintsWire>): ResourceConstraints {
  return {
    maxAgents: wire.max_agents,
    maxCpuCores: cores(wire.max_cpu),
    maxMemoryBytes: bytes(wire.max_memory),
  };
}

const Backoff = z.enum(["exponential", "exponential_backoff", "linear", "none"]);

/** The short form names only the backoff; the long form also takes 000's `backoff_strategy`. */
export const RetryPolicyWire = z.union([
  Backoff,
  z.strictObject({
    max_attempts: z.int().min(1).max(WORKFLOW_LIMITS.taskAttempts).optional(),
    backoff: Backoff.optional(),
    backoff_strategy: Backoff.optional(),
    initial_delay_seconds: z.number().min(0).optional(),
    max_delay_seconds: z.number().min(0).optional(),
    jitter: z.boolean().optional(),
    non_retryable: z.array(z.string()).optional(),
    circuit_breaker_enabled: z.boolean().optional(),
  }),
]);

/** Fills in what the author left out. `none` means one attempt unless attempts are stated. */
export function readRetryPolicy(wire: z.infer<typeof RetryPolicyWire> | undefined): RetryPolicy {
  return wire === undefined ? DEFAULT_RETRY : retryPolicy(wire);
}

function retryPolicy(wire: z.infer<typeof RetryPolicyWire>): RetryPolicy {
  const long: Exclude<z.infer<typeof RetryPolicyWire>, string> = typeof wire === "string" ? { backoff: wire } : wire;
  const named = long.backoff ?? long.backoff_strategy ?? "exponential";
  return {
    maxAttempts: long.max_attempts ?? (named === "none" ? 1 : DEFAULTS.retry.maxAttempts),
    backoff: named === "exponential_backoff" ? "exponential" : named,
    initialDelaySeconds: long.initial_delay_seconds ?? DEFAULTS.retry.initialDelaySeconds,
    maxDelaySeconds:
      long.max_delay_seconds ?? Math.max(DEFAULTS.retry.maxDelaySeconds, long.initial_delay_seconds ?? 0),
    jitter: long.jitter ?? true,
    nonRetryable: long.non_retryable ?? [],
    circuitBreaker: long.circuit_breaker_enabled ?? true,
  };
}

/** One object for every task that states nothing: planning then recognises it by identity. */
export const DEFAULT_RETRY = retryPolicy({});

/** `sla_requirements`. */
export const SlaWire = z.strictObject({
  max_duration_minutes: z.number().positive().optional(),
  success_rate_threshold: z.number().min(0).max(1).optional(),
});

/** Renames the fields of `sla_requirements`. */
export function readSla(wire: z.infer<typeof SlaWire>): Sla {
  return {
    maxDurationMinutes: wire.max_duration_minutes,
    successRateThreshold: wire.success_rate_threshold,
  };
}

/** `fault_tolerance`. */
export const FaultToleranceWire = z.strictObject({
  circuit_breaker: z
    .strictObject({ failure_threshold: z.int().positive().optional(), timeout_seconds: z.int().positive().optional() })
    .optional(),
  saga_pattern: z
    .strictObject({
      compensation_enabled: z.boolean().optional(),
      rollback_on_failure: z.boolean().optional(),
      strategy: anyCase(CompensationStrategy).optional(),
      /** As spec 003 calls it. */
      compensation_strategy: anyCase(CompensationStrategy).optional(),
    })
    .optional(),
});

/** Fills in the specification's defaults; a saga is on only when the section is present. */
export function readFaultTolerance(wire: z.infer<typeof FaultToleranceWire>): FaultTolerance {
  const saga = wire.saga_pattern;
  return {
    circuitBreaker: {
      failureThreshold: wire.circuit_breaker?.failure_threshold ?? DEFAULTS.circuitBreaker.failureThreshold,
      timeoutSeconds: wire.circuit_breaker?.timeout_seconds ?? DEFAULTS.circuitBreaker.timeoutSeconds,
    },
    sagaPattern: {
      compensationEnabled: saga !== undefined && (saga.compensation_enabled ?? true),
      rollbackOnFailure: saga !== undefined && (saga.rollback_on_failure ?? true),
      strategy: saga?.strategy ?? saga?.compensation_strategy ?? "backward",
    },
  };
}

/** Fields that say which agents may fill a role, and how one of them is picked. */
export const ROLE_PARTS = {
  min_trust_score: z.number().min(0).max(5).optional(),
  agent_id: AgentId.optional(),
  strategy: anyCase(RoutingStrategy).optional(),
  tags: z.array(z.string().min(1)).optional(),
  location: z.string().min(1).optional(),
  min_health_score: z.number().min(0).max(1).optional(),
  agent_version: z.string().min(1).optional(),
};
const RoleParts = z.strictObject(ROLE_PARTS);

/** Renames the fields of `ROLE_PARTS`. */
export function readRoleParts(wire: z.infer<typeof RoleParts>) {
  return {
    minTrustScore: wire.min_trust_score,
    agentId: wire.agent_id,
    strategy: wire.strategy,
    location: wire.location,
    tags: wire.tags,
    minHealthScore: wire.min_health_score,
    agentVersion: wire.agent_version,
  } satisfies Partial<AgentRole>;
}

/** Fields of a workflow that both dialects have in common. */
export const WORKFLOW_PARTS = {
  budget: z
    .strictObject({
      max_cost: z.number().positive().optional(),
      max_agent_calls: z.int().positive().optional(),
      max_duration_seconds: z.int().positive().optional(),
      max_tokens: z.int().positive().optional(),
      warn_at: z.number().min(0).max(1).optional(),
      on_exceeded: z.enum(["stop", "park"]).optional(),
    })
    .optional(),
  triggers: z.array(TriggerWire).max(WORKFLOW_LIMITS.triggersPerWorkflow).optional(),
  outputs: ExpressionsWire.optional(),
  runner: Runner.optional(),
  answer: Answer.optional(),
};
const WorkflowParts = z.strictObject(WORKFLOW_PARTS);

/** Fills in what the author left out of `WORKFLOW_PARTS`. */
export function readWorkflowParts({ budget, triggers, outputs, runner, answer }: z.infer<typeof WorkflowParts>): {
  budget: Budget | undefined;
  triggers: Trigger[];
  outputs: Record<string, string>;
  runner: Runner | undefined;
  answer: Answer | undefined;
} {
  return {
    budget: budget && {
      maxCost: budget.max_cost,
      maxAgentCalls: budget.max_agent_calls,
      maxDurationSeconds: budget.max_duration_seconds,
      maxTokens: budget.max_tokens,
      warnAt: budget.warn_at ?? DEFAULTS.budgetWarnAt,
      onExceeded: budget.on_exceeded ?? "stop",
    },
    triggers: (triggers ?? []).map(readTrigger),
    outputs: outputs ?? {},
    runner,
    answer,
  };
}

/** `estimate`. */
export const EstimateWire = z.strictObject({
  duration_seconds: z.number().min(0).optional(),
  cost: z.number().min(0).optional(),
});

/** A version may be written as a number, with a warning: `1.10` would read as 1.1. */
export const VersionWire = z.union([WorkflowVersion, z.number().min(0).max(1_000_000)]);
