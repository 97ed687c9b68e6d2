import type { Runner } from "../../shared/workflow/definition/workflow-definition.ts";
import { type AgentStore, listAgents } from "../../shared/agents/store/agent-store.ts";
import type { Agent } from "../../shared/agents/agent.ts";
import { adviseNobodyCan } from "../../shared/agents/nobody-can.ts";
import { adviseWaiting } from "../../shared/agents/waiting-advice.ts";
import { type DefinitionStore, loadDefinition } from "../../shared/workflow/store/definition-store.ts";
import { saveDefinition } from "../../shared/workflow/store/save-definition.ts";
import type { PayloadStore } from "../../shared/execution/store/payload-store.ts";
import { savePlan } from "../../shared/execution/store/plan-store.ts";
import { type CompiledWorkflow, compilePlan } from "../../shared/workflow/compiler/compile-plan.ts";
import { parseDefinition } from "../../shared/workflow/definition/parse-definition.ts";
import { viewTask } from "../../shared/workflow/plan/view-task.ts";
import { planWorkflow, tasksByLevel } from "../../shared/workflow/plan/planner.ts";
import { describeDefinition } from "../../shared/workflow/plan/stored-definition.ts";
import { validateDefinition } from "../../shared/workflow/definition/validate-definition.ts";
import { NotFoundError } from "../../shared/core/errors.ts";
import type { Issue, ValidationReport } from "../../shared/workflow/definition/issue.ts";
import type { Plan } from "../../shared/workflow/plan/plan.ts";
import type { Finding, PlanReply, PlanRequest, PlanSummary, Report } from "../../shared/workflow/plan/planning.ts";
import { type StoredDefinition, usualRunner } from "../../shared/workflow/store/stored-definition.ts";
import { type MachineStore, publishMachines } from "./machine-store.ts";

/** What `planDefinition` stands on. */
export interface PlanWorkflowDeps {
  readonly agents: AgentStore;
  readonly definitions: DefinitionStore;
  readonly payloads: PayloadStore;
  readonly machines: MachineStore;
  /** What carries the runs of a definition that does not say. */
  readonly runner: Runner;
  readonly now: () => Date;
}

/**
 * Validates, plans, compiles and deploys a definition. Each step may be repeated: plans and machines are named by
 * content, and a version that exists with the same plan is the same version.
 */
export async function planDefinition(deps: PlanWorkflowDeps, request: PlanRequest): Promise<PlanReply> {
  const agents = await listAgents(deps.agents, request.tenant);
  const { definition, report: found } = validate(request, agents);
  const flaws = describe(found);
  if (definition === undefined) return { outcome: "invalid", report: flaws };
  const plan = planWorkflow(definition);
  const now = deps.now().getTime();
  const advice = [...adviseWaiting(plan, agents, now), ...adviseNobodyCan(plan, agents, now), ...(await adviseOnVersion(deps, request, plan))];
  const report = { ...flaws, warnings: [...flaws.warnings, ...advice] };
  const compiled = compilePlan(plan);
  const summary = summarize(plan, compiled);
  const { tenant, createdBy, mode } = request;
  const described = describeDefinition(plan, { tenant, createdBy, createdAt: deps.now().toISOString(), machineArn: "" });
  if (mode === "inline") await savePlan(deps.payloads, tenant, plan);
  const stored = mode === "deploy" ? await deploy(deps, { described, plan, compiled }) : described;
  if (stored === "conflict") {
    const message = `version ${plan.version} of '${plan.name}' exists with other content; raise the version`;
    return { outcome: "conflict", message };
  }
  const planned = { outcome: "planned" as const, report, summary, definition: stored };
  return mode === "preview" ? { ...planned, tasks: plan.tasks.map(viewTask) } : planned;
}

interface Deployable {
  readonly described: StoredDefinition;
  readonly plan: Plan;
  readonly compiled: CompiledWorkflow;
}

/** Looks before it publishes: machines and the newest version stay as they are when the version is on record. */
async function deploy(deps: PlanWorkflowDeps, { described, plan, compiled }: Deployable): Promise<StoredDefinition | "conflict"> {
  const found = await findVersion(deps.definitions, described);
  if (found !== undefined && found.plan !== described.plan) return "conflict";
  const { runner = deps.runner } = plan;
  if (found !== undefined && (runner === "graph" || usualRunner(found) === "machine")) return found;
  await savePlan(deps.payloads, described.tenant, plan);
  const machineArn = runner === "graph" ? "" : await publishMachines(deps.machines, described.tenant, compiled);
  const stored = { ...described, machineArn };
  // Somebody else may have recorded the version meanwhile.
  return (await saveDefinition(deps.definitions, stored)) === "exists" ? "conflict" : stored;
}

async function findVersion(
  store: DefinitionStore,
  { tenant, name, version }: Pick<StoredDefinition, "tenant" | "name" | "version">,
): Promise<StoredDefinition | undefined> {
  try {
    return await loadDefinition(store, { tenant, name, version });
  } catch (error) {
    if (error instanceof NotFoundError) return undefined;
    throw error;
  }
}

/** An inline run fails at once when nobody could do a task; a deployed definition may come before its agents. */
function validate({ source, mode }: PlanRequest, agents: readonly Agent[]) {
  const capabilities = new Set(agents.flatMap((agent) => agent.capabilities));
  const missingCapabilities = mode === "preview" ? ("warning" as const) : ("error" as const);
  const options = mode === "inline" || mode === "preview" ? { capabilities, missingCapabilities } : {};
  return "text" in source
    ? parseDefinition(source.text, { file: source.file, ...options })
    : validateDefinition(source.value, options);
}

/** Says to the author of a preview that deploying it would be refused. */
async function adviseOnVersion({ definitions }: PlanWorkflowDeps, { tenant, mode }: PlanRequest, plan: Plan): Promise<Finding[]> {
  if (mode !== "preview") return [];
  const found = await findVersion(definitions, { tenant, name: plan.name, version: plan.version });
  if (found === undefined || found.plan === plan.planHash) return [];
  const message = `version ${plan.version} of "${plan.name}" is deployed with other content`;
  return [{ code: "VersionTaken", severity: "warning", message, remedy: "raise the version before you deploy", path: "version" }];
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
