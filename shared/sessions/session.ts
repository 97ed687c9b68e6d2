import * as z from "zod";
import { sortKeys } from "../core/canonical-json.ts";
import { ConflictError, InvalidRequestError } from "../core/errors.ts";
import { SESSION_LIMITS } from "./limits.ts";

/** Names a session. */
export const SessionId = z.string().regex(/^session_[0-9a-zA-Z]{8,40}$/, { error: "is no id of a session" });

/** What is remembered from one execution to the next. */
export const SessionVariables = z.record(z.string().min(1).max(128), z.unknown());
export type SessionVariables = z.output<typeof SessionVariables>;

/** Where an execution of a session stood when it was saved. */
export const SavedExecution = z.object({ execution_id: z.string(), workflow_id: z.string(), status: z.string(), checkpoint_id: z.string().optional() });
export type SavedExecution = z.output<typeof SavedExecution>;

const Labels = z
  .record(z.string().min(1).max(128), z.string().max(1024))
  .refine((labels) => Object.keys(labels).length <= SESSION_LIMITS.labels, { error: `holds more than ${SESSION_LIMITS.labels}` });

/** A session as a caller begins it. */
export const SessionBody = z.strictObject({
  name: z.string().min(1).max(SESSION_LIMITS.nameCharacters).optional(),
  variables: SessionVariables.default({}),
  labels: Labels.default({}),
});
export type SessionBody = z.output<typeof SessionBody>;

/** What a save changes. Fields of `variables` are laid over what is there; `null` takes one away. */
export const SaveBody = z.strictObject({
  variables: SessionVariables.default({}),
  summary: z.string().max(SESSION_LIMITS.summaryCharacters).optional(),
  /** Its executions stand still from now on. */
  pause: z.boolean().default(false),
  /** Nothing joins it any more until it is resumed. */
  end: z.boolean().default(false),
});
export type SaveBody = z.output<typeof SaveBody>;

/**
 * A session: what executions have in common that follow one another. Each change makes a version of its own, and a
 * version never changes.
 */
export const Session = z.object({
  session_id: SessionId,
  version: z.int().positive(),
  name: z.string(),
  status: z.enum(["active", "saved", "ended"]),
  variables: SessionVariables,
  summary: z.string().optional(),
  labels: z.record(z.string(), z.string()),
  /** As they stood when this version was made. */
  executions: z.array(SavedExecution),
  created_at: z.iso.datetime(),
  created_by: z.string(),
  updated_at: z.iso.datetime(),
  updated_by: z.string(),
});
export type Session = z.output<typeof Session>;

/** Who changes a session, and when. */
export interface Stamp {
  readonly at: string;
  readonly by: string;
}

/** A session that begins. @throws {InvalidRequestError} its variables are too large. */
export function begin(id: string, { name = id, variables, labels }: SessionBody, { at, by }: Stamp): Session {
  checkSize(variables);
  const times = { created_at: at, created_by: by, updated_at: at, updated_by: by };
  return { session_id: id, version: 1, name, status: "active", variables, labels, executions: [], ...times };
}

const next = (session: Session, { at, by }: Stamp): Session => ({ ...session, version: session.version + 1, updated_at: at, updated_by: by });

/** The next version of a session that is saved. @throws {InvalidRequestError} its variables become too large. */
export function save(session: Session, { variables, summary = session.summary, end }: SaveBody, { executions, ...stamp }: Stamp & { executions: SavedExecution[] }): Session {
  const laid = Object.entries({ ...session.variables, ...variables }).filter(([, value]) => value !== null);
  const kept = Object.fromEntries(laid);
  checkSize(kept);
  return { ...next(session, stamp), status: end ? "ended" : "saved", variables: kept, summary, executions };
}

/** What a session is to remember without being saved. */
export interface Note {
  /** Laid over what is there. */
  readonly variables?: SessionVariables | undefined;
  /** Laid under what is there. */
  readonly under?: SessionVariables | undefined;
  readonly summary?: string | undefined;
}

/** The next version of a session that remembers more; itself where that is nothing new. @throws {InvalidRequestError} its variables become too large. */
export function noted(session: Session, { variables = {}, under = {}, summary = session.summary }: Note, stamp: Stamp): Session {
  const kept = { ...under, ...session.variables, ...variables };
  const isNews = summary !== session.summary || jsonOf(kept) !== jsonOf(session.variables);
  if (!isNews) return session;
  checkSize(kept);
  return { ...next(session, stamp), variables: kept, summary };
}

const jsonOf = (value: unknown): string => JSON.stringify(sortKeys(value));

/** A session goes on. */
export const resume = (session: Session, stamp: Stamp): Session => ({ ...next(session, stamp), status: "active" });

/** A session goes on with what it held in an earlier version. */
export const restore = (session: Session, earlier: Session, stamp: Stamp): Session => ({
  ...next(session, stamp),
  status: "active",
  variables: earlier.variables,
  summary: earlier.summary,
});

/** @throws {ConflictError} it has ended. */
export function checkOpen({ session_id: id, status }: Session): void {
  if (status === "ended") throw new ConflictError(`session '${id}' has ended; resume it first`);
}

function checkSize(variables: SessionVariables): void {
  const bytes = Buffer.byteLength(JSON.stringify(variables));
  const most = SESSION_LIMITS.variableBytes;
  if (bytes > most) throw new InvalidRequestError([{ field: "body.variables", message: `make ${bytes} bytes as JSON, more than ${most}; keep large values elsewhere` }]);
}
