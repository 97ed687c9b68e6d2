import { describe, expect, it } from "vitest";
import { ROUTES, STREAM } from "../../functions/orchestrator-api/route-table.ts";
import { METHODS } from "../../functions/orchestrator-api/rpc/method-table.ts";
import { ALERT_RULES } from "../../shared/incidents/rules/alert-rules.ts";
import { openShell } from "../unit/cli/shell.ts";

/** The `a2a` command of an operation. Operations that have none of their own are called as `a2a rpc <method>`. */
const COMMANDS: Readonly<Record<string, string>> = {
  callRpc: "rpc",
  getOpenRpc: "rpc",
  getCaller: "login",
  health: "doctor",
  ready: "doctor",
  executeInline: "run",
  executeWorkflow: "run",
  beginUpload: "upload",
  completeUpload: "upload",
  planWorkflow: "preview",
  listPatterns: "patterns list",
  getPattern: "patterns show",
  tryExpression: "eval",
  createWorkflow: "deploy",
  validateWorkflow: "validate",
  listWorkflows: "workflows",
  listExecutions: "executions",
  getExecution: "show",
  getExecutionStatus: "watch",
  streamExecution: "watch",
  listExecutionEvents: "logs",
  getExecutionLogs: "logs",
  listTasks: "show",
  auditExecution: "verify",
  replayExecution: "replay",
  getExecutionOutput: "output",
  getTask: "output",
  getTranscript: "transcript",
  provideTaskInput: "answer",
  controlExecutions: "bulk",
  pauseWorkflow: "pause",
  resumeWorkflow: "resume",
  controlExecution: "cancel",
  modifyExecution: "modify",
  rerunTask: "rerun",
  skipTask: "skip",
  retryTask: "retry",
  approveTask: "approve",
  rejectTask: "reject",
  listCheckpoints: "checkpoints",
  listHolds: "holds",
  placeHold: "hold",
  releaseHold: "release",
  getInbox: "inbox",
  listSchedules: "schedules",
  getSchedule: "schedules show",
  pauseSchedule: "schedules pause",
  resumeSchedule: "schedules resume",
  listAgents: "agents",
  registerAgent: "agents register",
  deregisterAgent: "agents remove",
  discoverAgents: "agents discover",
  whoCan: "agents who-can",
  getAgentSummary: "agents summary",
  tryAgent: "agents try",
  getAgentTrial: "agents try",
  quarantineAgent: "agents quarantine",
  releaseAgent: "agents release",
  resetCircuitBreaker: "agents close-breaker",
  listRoutingRules: "routes",
  putRoutingRule: "routes put",
  deleteRoutingRule: "routes remove",
  explainRoute: "routes test",
  listRegistries: "registries",
  addRegistry: "registries add",
  syncRegistry: "registries sync",
  removeRegistry: "registries remove",
  listHooks: "hooks",
  registerHook: "hooks add",
  getHook: "hooks show",
  enableHook: "hooks enable",
  deleteHook: "hooks remove",
  listHookExecutions: "hooks log",
  executeHook: "hooks try",
  listDeadHookExecutions: "hooks dead",
  redriveHookExecution: "hooks redrive",
  createIncident: "incidents create",
  listIncidents: "incidents",
  listActiveIncidents: "incidents",
  getIncident: "incidents show",
  acknowledgeIncident: "incidents ack",
  noteIncident: "incidents note",
  resolveIncident: "incidents resolve",
  escalateIncident: "incidents escalate",
  respondToIncident: "incidents respond",
  revertResponse: "incidents revert",
  createChannel: "channels add",
  listChannels: "channels",
  getChannel: "channels show",
  deleteChannel: "channels remove",
  testChannel: "channels test",
  listNotices: "channels log",
  getEscalationRules: "escalation",
  putEscalationRules: "escalation set",
  listDeadLetterQueues: "dead-letters",
  listDeadLetters: "dead-letters list",
  getDeadLetter: "dead-letters show",
  redriveDeadLetter: "dead-letters redrive",
  redriveDeadLetters: "dead-letters redrive",
  dropDeadLetter: "dead-letters drop",
  dropDeadLetters: "dead-letters drop",
};

/** Why there is none. */
const WITHOUT: Readonly<Record<string, string>> = {
  getOpenApi: "a document for programs, public at /openapi.json",
  startup: "a probe",
  getMetrics: "a text for Prometheus",
  getExecutionGraph: "drawn by the page; `plan` draws a definition",
  getExecutionOutlook: "part of what `status` shows",
  getTaskDefinition: "the page edits a task's input with it; a definition lies before who runs a command",
  listParkedTasks: "the page lists what waits beside people's work; `inbox` and `holds` are what one acts on",
};

const shell = openShell();
const operations = [...ROUTES, STREAM].map(({ operationId }) => operationId);

describe("the command line", () => {
  it("has a command for every operation of the API, or a reason why not", () => {
    const called = new Set(METHODS.map(({ route }) => route.operationId));
    const missing = operations.filter((operation) => !(operation in COMMANDS) && !called.has(operation) && !(operation in WITHOUT));
    expect(missing).toEqual([]);
    expect(Object.keys({ ...COMMANDS, ...WITHOUT }).filter((operation) => !operations.includes(operation))).toEqual([]);
  });

  it.each([...new Set(Object.values(COMMANDS))])("knows `a2a %s`", async (command) => {
    const { code, out } = await shell.run([...command.split(" "), "--help"]);
    expect(code).toBe(0);
    expect(out).toContain(`Usage: a2a ${command}`);
  });

  it("has every command, with its options, that alert rules tell people to type", async () => {
    const texts = ALERT_RULES.flatMap(({ runbook }) => Object.values(runbook));
    const told = [...new Set(texts.flatMap((text) => [...text.matchAll(/`npx a2a ([^`]+)`/g)].map(([, words = ""]) => words)))];
    expect(told.length).toBeGreaterThan(10);
    for (const words of told) {
      const [command = ""] = /^[a-z-]+( [a-z-]+)?(?= |$)/.exec(words.replaceAll(/ --.*| [A-Z].*/g, "")) ?? [];
      const { code, out } = await shell.run([...command.split(" "), "--help"]);
      expect(code, words).toBe(0);
      expect(out, words).toContain(`Usage: a2a ${command}`);
      for (const [option] of words.matchAll(/--[a-z-]+/g)) expect(out, words).toContain(option);
    }
  });
});
