import { part } from "../core/api.ts";
import { get, post, type Signal } from "../core/endpoints.ts";
import type * as reply from "../core/replies.ts";

// Whoever opens an execution does not wait for these.
const agent = (id: string): string => `agents/${part(id)}`;
export const loadAgent = (id: string, signal?: Signal) => get<reply.AgentView>(agent(id), signal);
export const loadProfile = (id: string, signal?: Signal) => get<reply.AgentProfile>(`${agent(id)}/profile`, signal);
export const loadAgentEvents = (id: string, signal?: Signal) =>
  get<reply.AgentHistory>(`${agent(id)}/events`, signal, { limit: "50" });
export const steerAgent = (id: string, act: string, body: object) => post<reply.AgentView>(`${agent(id)}/${act}`, body);
export const tryAgent = (id: string, body: object) => post<reply.TrialView>(`${agent(id)}/try`, body);
export const loadTrial = (id: string, trial: string, signal?: Signal) =>
  get<reply.TrialView>(`${agent(id)}/trials/${part(trial)}`, signal);
