import { send } from "../core/api.ts";
import { get, type Query, type Signal, V1 } from "../core/endpoints.ts";
import type * as reply from "../core/replies.ts";

// Whoever opens an execution does not wait for these.
export const listHolds = (signal?: Signal) => get<reply.HoldList>("holds", signal);
export const placeHold = (body: object) => send<reply.HoldView>("PUT", `${V1}/holds`, { body });
export const releaseHold = (query: Query) => send<unknown>("DELETE", `${V1}/holds`, { query });
export const listParked = (query: Query, signal?: Signal) => get<reply.ParkedPage>("parked", signal, query);
