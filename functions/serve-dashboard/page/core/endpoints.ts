/** Operations that the page uses, with the types of their replies. Those of pages that come later stand beside these. */
import { type Call, part, send } from "./api.ts";
import type * as reply from "./replies.ts";
import type * as z from "zod";

export type Signal = AbortSignal | undefined;
export type Query = Readonly<Record<string, string | undefined>>;

export const V1 = "api/v1";
export const get = <Reply>(path: string, signal?: Signal, query?: Query): Promise<Reply> =>
  send<Reply>("GET", `${V1}/${path}`, { signal, ...(query === undefined ? {} : { query }) });
export const post = <Reply>(path: string, body: unknown, more: Call = {}): Promise<Reply> =>
  send<Reply>("POST", `${V1}/${path}`, { ...more, body });

/** An act that arrives twice is done once. */
const once = (): Record<string, string> => ({ "idempotency-key": crypto.randomUUID() });

export const loadMe = (signal?: Signal) => get<reply.Me>("me", signal);
export const loadCapacity = (signal?: Signal) => get<reply.Capacity>("capacity", signal);
export const loadResources = (signal?: Signal) =>
  get<z.infer<typeof reply.ResourceStatusSchema>>("resources/status", signal);

export const listExecutions = (query: Query, signal?: Signal) => get<reply.ExecutionPage>("executions", signal, query);
const execution = (id: string): string => `executions/${part(id)}`;
export const loadExecution = (id: string, signal?: Signal) => get<reply.ExecutionDetails>(execution(id), signal);
export const loadOutlook = (id: string, signal?: Signal) => get<reply.Outlook>(`${execution(id)}/outlook`, signal);
export const loadMetrics = (id: string, signal?: Signal) => get<reply.ExecutionMetrics>(`${execution(id)}/metrics`, signal);
export const loadGraph = (id: string, signal?: Signal) => get<reply.ExecutionGraph>(`${execution(id)}/graph`, signal);
export const listEvents = (id: string, query: Query, signal?: Signal) =>
  get<reply.EventPage>(`${execution(id)}/events`, signal, query);
export const listCheckpoints = (id: string, signal?: Signal) =>
  get<reply.CheckpointPage>(`${execution(id)}/checkpoints`, signal);
export const loadAudit = (id: string, signal?: Signal) => get<reply.AuditView>(`${execution(id)}/audit`, signal);
export const steer = (id: string, body: { readonly action: reply.SentAction; readonly reason?: string; readonly parameters?: object }) =>
  post<unknown>(`${execution(id)}/control`, body);
export const modify = (id: string, text: string, reason: string | undefined) =>
  send<unknown>("PATCH", `${V1}/${execution(id)}/definition`, {
    text: { content: text, type: "application/yaml" },
    query: { reason },
  });
export const steerMany = (body: object) => post<reply.BulkPage>("executions/bulk", body);

const task = (id: string, name: string): string => `${execution(id)}/tasks/${part(name)}`;
export const loadTask = (id: string, name: string, signal?: Signal) => get<reply.TaskDetails>(task(id, name), signal);
export const loadTaskDefinition = (id: string, name: string, signal?: Signal) =>
  get<reply.TaskDefinitionView>(`${task(id, name)}/definition`, signal);
export const steerTask = (id: string, name: string, act: reply.TaskAction, body: object) =>
  post<unknown>(`${task(id, name)}/${act}`, body);

export const loadInbox = (signal?: Signal) => get<reply.InboxPage>("inbox", signal, { limit: "200" });

export const listWorkflows = (signal?: Signal) => get<reply.WorkflowPage>("workflows", signal, { limit: "500" });
export const loadWorkflow = (name: string, version: string | undefined, signal?: Signal) =>
  get<reply.WorkflowDetails>(`workflows/${part(name)}`, signal, { version });
export const runWorkflow = (name: string, body: object) =>
  post<reply.SubmissionView>(`workflows/${part(name)}/execute`, body, { headers: once() });
export const steerWorkflow = (name: string, act: "pause" | "resume", body: object) =>
  post<unknown>(`workflows/${part(name)}/${act}`, body);

export const listAgents = (signal?: Signal) => get<reply.AgentPage>("agents", signal, { limit: "500" });
