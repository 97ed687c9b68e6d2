import * as z from "zod";
import { OPERATIONS } from "../operations.ts";
import { type Route, route } from "../route.ts";
import { derived } from "./derive-method.ts";
import { describeMethods } from "./openrpc.ts";
import { hookMethods } from "./hook-methods.ts";
import type { RpcMethod } from "./rpc-method.ts";
import { specifiedMethods } from "./specified-methods.ts";

/** Methods that take and answer what the operation behind them does. A capability adds a row. */
const DERIVED: readonly (readonly [name: string, operationId: string])[] = [
  ["workflow.list", "listWorkflows"],
  ["workflow.get", "getWorkflow"],
  ["workflow.validate", "validateWorkflow"],
  ["workflow.plan", "planWorkflow"],
  ["expression.try", "tryExpression"],
  ["workflow.executeInline", "executeInline"],
  ["workflow.latest", "getWorkflowStatus"],
  ["workflow.hold", "pauseWorkflow"],
  ["workflow.release", "resumeWorkflow"],
  ["execution.list", "listExecutions"],
  ["execution.get", "getExecution"],
  ["execution.outlook", "getExecutionOutlook"],
  ["execution.graph", "getExecutionGraph"],
  ["execution.metrics", "getExecutionMetrics"],
  ["execution.events", "listExecutionEvents"],
  ["execution.logs", "getExecutionLogs"],
  ["execution.output", "getExecutionOutput"],
  ["execution.control", "controlExecution"],
  ["execution.controlMany", "controlExecutions"],
  ["execution.modify", "modifyExecution"],
  ["execution.checkpoints", "listCheckpoints"],
  ["execution.audit", "auditExecution"],
  ["execution.replay", "replayExecution"],
  ["task.list", "listTasks"],
  ["task.get", "getTask"],
  ["task.transcript", "getTranscript"],
  ["task.input", "provideTaskInput"],
  ["task.rerun", "rerunTask"],
  ["task.skip", "skipTask"],
  ["task.retry", "retryTask"],
  ["task.approve", "approveTask"],
  ["task.reject", "rejectTask"],
  ["hold.list", "listHolds"],
  ["hold.place", "placeHold"],
  ["hold.release", "releaseHold"],
  ["task.definition", "getTaskDefinition"],
  ["inbox.list", "getInbox"],
  ["parked.list", "listParkedTasks"],
  ["caller.get", "getCaller"],
  ["event.post", "postEvent"],
  ["agent.list", "listAgents"],
  ["agent.get", "getAgent"],
  ["agent.register", "registerAgent"],
  ["agent.replace", "replaceAgent"],
  ["agent.change", "changeAgent"],
  ["agent.deregister", "deregisterAgent"],
  ["agent.heartbeat", "heartbeatAgent"],
  ["agent.heartbeats", "heartbeatAgents"],
  ["agent.quarantine", "quarantineAgent"],
  ["agent.release", "releaseAgent"],
  ["agent.closeBreaker", "resetCircuitBreaker"],
  ["agent.events", "listAgentEvents"],
  ["agent.profile", "getAgentProfile"],
  ["agent.discover", "discoverAgents"],
  ["agent.whoCan", "whoCan"],
  ["agent.match", "matchAgents"],
  ["agent.try", "tryAgent"],
  ["agent.trial", "getAgentTrial"],
  ["agent.reserve", "reserveAgent"],
  ["agent.reservations", "listReservations"],
  ["agent.releaseReservation", "releaseReservation"],
  ["routing.list", "listRoutingRules"],
  ["routing.get", "getRoutingRule"],
  ["routing.put", "putRoutingRule"],
  ["routing.delete", "deleteRoutingRule"],
  ["routing.explain", "explainRoute"],
  ["limit.list", "listLimitGroups"],
  ["limit.get", "getLimitGroup"],
  ["limit.set", "putLimitGroup"],
  ["limit.remove", "deleteLimitGroup"],
  ["registry.list", "listRegistries"],
  ["registry.get", "getRegistry"],
  ["registry.add", "addRegistry"],
  ["registry.sync", "syncRegistry"],
  ["registry.remove", "removeRegistry"],
  ["upload.begin", "beginUpload"],
  ["upload.complete", "completeUpload"],
  ["upload.get", "getUpload"],
  ["sessions.create", "createSession"],
  ["sessions.list", "listSessions"],
  ["sessions.get", "getSession"],
  ["sessions.save", "saveSession"],
  ["sessions.resume", "resumeSession"],
  ["sessions.restore", "restoreSession"],
  ["sessions.end", "endSession"],
  ["dashboard.realtime", "getRealtimeDashboard"],
  ["analytics.trends", "getTrends"],
  ["resource.status", "getResourceStatus"],
  ["resource.capacity", "getCapacity"],
  ["incident.create", "createIncident"],
  ["incident.list", "listIncidents"],
  ["incident.active", "listActiveIncidents"],
  ["incident.get", "getIncident"],
  ["incident.acknowledge", "acknowledgeIncident"],
  ["incident.note", "noteIncident"],
  ["incident.resolve", "resolveIncident"],
  ["incident.escalate", "escalateIncident"],
  ["incident.respond", "respondToIncident"],
  ["incident.revert", "revertResponse"],
  ["channel.create", "createChannel"],
  ["channel.list", "listChannels"],
  ["channel.get", "getChannel"],
  ["channel.replace", "replaceChannel"],
  ["channel.delete", "deleteChannel"],
  ["channel.test", "testChannel"],
  ["channel.notices", "listNotices"],
  ["escalation.get", "getEscalationRules"],
  ["escalation.put", "putEscalationRules"],
];

function operation(operationId: string): Route {
  const found = OPERATIONS.find((each) => each.operationId === operationId);
  if (found === undefined) throw new Error(`there is no operation '${operationId}'`);
  return found;
}

/** Written once by each function that is asked for it. */
let document: Promise<Record<string, unknown>> | undefined;

/** The document of JSON-RPC, for those without a token. */
export const OPENRPC_ROUTE: Route = route({
  method: "GET",
  path: "/openrpc.json",
  operationId: "getOpenRpc",
  summary: "The methods of /rpc (OpenRPC)",
  permission: "public",
  reply: z.record(z.string(), z.unknown()),
  status: 200,
  run: async () => ({ body: await (document ??= describeMethods(METHODS)) }),
});

/** Every method of `/rpc`. */
export const METHODS: readonly RpcMethod[] = [
  derived("rpc.discover", OPENRPC_ROUTE),
  ...specifiedMethods(operation),
  ...hookMethods(operation),
  ...DERIVED.map(([name, operationId]) => derived(name, operation(operationId))),
];
