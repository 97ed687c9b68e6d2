import type { Table } from "../../aws/query.ts";
import { IllegalMoveError, NotFoundError, StoreUnavailableError } from "../../core/errors.ts";
import { mapConcurrent } from "../../core/map-concurrent.ts";
import type { ControlDeps } from "../../execution/control/control-deps.ts";
import { markCheckpoint, pauseExecution, resumeExecution } from "../../execution/control/control-execution.ts";
import { isFinished } from "../../execution/execution.ts";
import { loadExecution } from "../../execution/store/execution-store.ts";
import { SESSION_LIMITS } from "../limits.ts";
import { checkOpen, type Note, noted, restore, resume, save, type SaveBody, type SavedExecution, type Session, type Stamp } from "../session.ts";
import { listMembers, loadSession, saveSession } from "../store/session-store.ts";

/** What changing sessions stands on. */
export interface SessionDeps {
  readonly control: Table;
  readonly steering: ControlDeps;
}

/** Whose session, and who changes it. */
export interface Act extends Stamp {
  readonly tenant: string;
  readonly id: string;
}

const TRIES = 8;

/** Makes the next version of a session, worked out anew when another came first. */
async function change({ control }: Pick<SessionDeps, "control">, { tenant, id }: Act, nextOf: (before: Session) => Session | Promise<Session>): Promise<Session> {
  for (let tries = 0; tries < TRIES; tries += 1) {
    const before = await loadSession(control, tenant, { id });
    const next = await nextOf(before);
    if (next === before || (await saveSession(control, tenant, next)) === "written") return next;
  }
  throw new StoreUnavailableError(`session '${id}' keeps changing`);
}

/**
 * Saves a session: variables and summary, and where its executions stand. Each that is under way is marked by a
 * checkpoint, or paused, which marks one as well.
 *
 * @throws {ConflictError} it has ended.
 */
export async function saveSessionNow(deps: SessionDeps, act: Act, body: SaveBody): Promise<Session> {
  checkOpen(await loadSession(deps.control, act.tenant, { id: act.id }));
  const members = await listMembers(deps.control, act.tenant, act.id);
  const executions = await mapConcurrent(members, SESSION_LIMITS.steeredAtOnce, (execution) => markMember(deps, act, { execution, pause: body.pause }));
  const found = executions.flatMap((execution) => execution ?? []);
  return change(deps, act, (before) => save(before, body, { ...act, executions: found }));
}

/** Has a session remember more, whatever its status, and tells nobody. What it knows already changes nothing. */
export const noteInSession = (control: Table, act: Act, note: Note): Promise<Session> => change({ control }, act, (before) => noted(before, note, act));

/** One that cannot be marked now (it waits for a slot, or has just ended) is kept as it stands. */
async function markMember(
  { steering }: SessionDeps,
  { tenant, id, by }: Act,
  { execution, pause }: { execution: string; pause: boolean },
): Promise<SavedExecution | undefined> {
  const steered = { tenant, execution, by, reason: `session ${id} is saved` };
  try {
    const before = await loadExecution(steering.executions, tenant, execution);
    if (isFinished(before.status)) return { execution_id: execution, workflow_id: before.workflowId, status: before.status };
    const checkpoint = await unlessIllegal(() => markCheckpoint(steering, steered));
    const paused = pause ? await unlessIllegal(() => pauseExecution(steering, steered)) : undefined;
    const { status } = paused ?? before;
    return { execution_id: execution, workflow_id: before.workflowId, status, ...(checkpoint === undefined ? {} : { checkpoint_id: checkpoint.id }) };
  } catch (error) {
    if (error instanceof NotFoundError) return undefined;
    throw error;
  }
}

async function unlessIllegal<Done>(act: () => Promise<Done>): Promise<Done | undefined> {
  try {
    return await act();
  } catch (error) {
    if (error instanceof IllegalMoveError) return undefined;
    throw error;
  }
}

/** A session goes on, and those of its executions that stand still. */
export async function resumeSession(deps: SessionDeps, act: Act): Promise<Session> {
  const session = await change(deps, act, (before) => resume(before, act));
  await mapConcurrent(await listMembers(deps.control, act.tenant, act.id), SESSION_LIMITS.steeredAtOnce, async (execution) => {
    const { status } = await loadExecution(deps.steering.executions, act.tenant, execution);
    if (status !== "paused") return;
    await unlessIllegal(() => resumeExecution(deps.steering, { tenant: act.tenant, execution, by: act.by, reason: `session ${act.id} is resumed` }));
  });
  return session;
}

/** A session goes on with the variables of an earlier version. @throws {NotFoundError} there is no such version. */
export async function restoreSession(deps: SessionDeps, act: Act, version: number): Promise<Session> {
  const earlier = await loadSession(deps.control, act.tenant, { id: act.id, version });
  return change(deps, act, (before) => restore(before, earlier, act));
}
