import { type AgentStore, listAgents } from "../../shared/aws/agent-store.ts";
import { type DefinitionStore, saveDefinition } from "../../shared/aws/definition-store.ts";
import type { PayloadStore } from "../../shared/aws/payload-store.ts";
import { savePlan } from "../../shared/aws/plan-store.ts";
import { type CompiledWorkflow, compilePlan } from "../../shared/compiler/compile-plan.ts";
import { parseDefinition } from "../../shared/domain/parse-definition.ts";
import { planWorkflow, tasksByLevel } from "../../shared/domain/planner.ts";
import { describeDefinition } from "../../shared/domain/stored-definition.ts";
import { validateDefinition } from "../../shared/domain/validate-definition.ts";
import type { Issue, ValidationReport } from "../../shared/schemas/issue.ts";
import type { Plan } from "../../shared/schemas/plan.ts";
import type { Finding, PlanReply, PlanRequest, PlanSummary, Report } from "../../shared/schemas/planning.ts";
import { type MachineStore, publishMachines } from "./machine-store.ts";

/** What `planDefinition` stands on. */
export interface PlanWorkflowDeps {
  readonly agents: AgentStore;
  readonly definitions: DefinitionStore;
  readonly payloads: PayloadStore;
  readonly machines: MachineStore;
  readonly now: () => Date;
}

/**
 * Validates, plans, compiles and deploys a definition. Each step may be repeated: plans and machines are named by
 * content, and a version that exists with the same plan is the same version.
 */
export async function planDefinition(deps: PlanWorkflowDeps, request: PlanRequest): Promise<PlanReply> {
  const { definition, report: found } = await validate(deps, request);
  const report = describe(found);
  if (definition === undefined) return { outcome: "invalid", report };
  const plan = planWorkflow(definition);
  const compiled = compilePlan(plan);
  const summary = summarize(plan, compiled);
  const { tenant, createdBy, mode } = request;
  const origin = { tenant, createdBy, createdAt: deps.now().toISOString() };
  if (mode !== "check") await savePlan(deps.payloads, tenant, plan);
  const machineArn = mode === "deploy" ? await publishMachines(deps.machines, tenant, compiled) : "";
  const stored = describeDefinition(plan, { ...origin, machineArn });
  if (mode === "deploy" && (await saveDefinition(deps.definitions, stored)) === "exists") {
    const message = `version ${plan.version} of '${plan.name}' exists with other content; raise the version`;
    return { outcome: "conflict", message };
  }
  return { outcome: "planned", report, summary, definition: stored };
}

/** An inline run fails at once when nobody could do a task; a deployed definition may come before its agents. */
async function validate(deps: PlanWorkflowDeps, { source, tenant, mode }: PlanRequest) {
  const agents = mode === "inline" ? await listAgents(deps.agents, tenant) : undefined;
  const options =
    agents === undefined ? {} : { capabilities: new Set(agents.flatMap(({ capabilities }) => capabilities)) };
  return "text" in source
    ? parseDefinition(source.text, { file: source.file, ...options })
    : validateDefinition(source.value, options);
}

function describe({ errors, warnings, optimizations }: ValidationReport): Report {
  return { errors: errors.map(toFinding), warnings: warnings.map(toFinding), optimizations: optimizations.map(toFinding) };
}

function toFinding(issue: Issue & { file?: string; line?: number; column?: number }): Finding {
  const { code, severity, message, remedy, path, file, line, column } = issue;
  return { code, severity, message, remedy, path, ...(file === undefined ? {} : { file, line, column }) };
}

function summarize(plan: Plan, compiled: CompiledWorkflow): PlanSummary {
  return {
    plan_hash: plan.planHash,
    levels: tasksByLevel(plan),
    critical_path: plan.criticalPath,
    parallel_degree: plan.parallelDegree,
    machines: compiled.machines.map(({ key, taskCount, bytes, eventEstimate }) => ({
      key,
      tasks: taskCount,
      bytes,
      events: eventEstimate,
    })),
  };
}
