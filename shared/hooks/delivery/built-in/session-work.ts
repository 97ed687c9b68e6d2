import { findTaskOutput } from "./task-output.ts";
import { loadExecution } from "../../../execution/store/execution-store.ts";
import { listMembers, listSessions, loadSession } from "../../../sessions/store/session-store.ts";
import { noteInSession } from "../../../sessions/control/session-control.ts";
import { SESSION_LIMITS } from "../../../sessions/limits.ts";
import { summaryOf } from "../../../sessions/session-summary.ts";
import { mapConcurrent } from "../../../core/map-concurrent.ts";
import { BUILT_INS } from "../../built-in/built-ins.ts";
import { factOf, type HookEvent, STARTING } from "../../hook-event.ts";
import type { HookOutcome } from "../../hook-run.ts";
import { askAgent } from "../ask-agent.ts";
import { type ActionDeps, type Delivery, failedTry } from "../delivery.ts";
import { type BuiltIn, done, nothingToDo, sessionIdOf, taskOf } from "./built-in.ts";

/** Who changes the session, in its versions. */
const actOf = ({ now }: ActionDeps, { hook, event: { tenant } }: Delivery, id: string) => ({ tenant, id, at: now().toISOString(), by: `hook ${hook.name}` });

/** Remembers what an execution came to: its own output, or that of one task. */
export const sessionSave: BuiltIn = async (deps, delivery, args) => {
  const { variable, task } = BUILT_INS["session-save"].args.parse(args);
  const { tenant, execution_id: id, workflow_id: workflow = "result" } = delivery.event;
  if (id === undefined) return nothingToDo("it is asked after an execution only");
  const execution = await loadExecution(deps.executions, tenant, id);
  if (execution.session === undefined) return nothingToDo("the execution belongs to no session");
  if (execution.status !== "completed") return nothingToDo(`the execution ended ${execution.status}`);
  const output = task === undefined ? execution.output : await findTaskOutput(deps, { tenant, execution: id, task });
  if (output === undefined) return failedTry("NothingToSave", `the execution has no output${task === undefined ? " of its own; name a task by task=<id>" : ` of task '${task}'`}`, false);
  return keep(deps, delivery, { session: execution.session.id, variable: variable ?? workflow, value: await deps.load(output) });
};

/** Remembers what a task gave. */
export const remember: BuiltIn = async (deps, delivery, args) => {
  const { variable } = BUILT_INS.remember.args.parse(args);
  const task = taskOf(delivery.event);
  const session = await sessionIdOf(deps, delivery.event);
  if (task === undefined || session === undefined) return nothingToDo("the execution belongs to no session");
  const output = await findTaskOutput(deps, task);
  if (output === undefined) return nothingToDo("the task gave nothing");
  return keep(deps, delivery, { session, variable: variable ?? task.task, value: await deps.load(output) });
};

async function keep(deps: ActionDeps, delivery: Delivery, { session, variable, value }: { session: string; variable: string; value: unknown }): Promise<HookOutcome> {
  const { version } = await noteInSession(deps.control, actOf(deps, delivery, session), { variables: { [variable]: value } });
  return done({ session_id: session, version, variable });
}

/**
 * Lays what the newest earlier session of a name remembered under a session that begins. An execution that belongs to no
 * session joins the newest one of a name that is open, by itself the workflow's.
 */
export const sessionRestore: BuiltIn = async (deps, delivery, args) => {
  const { name: wanted } = BUILT_INS["session-restore"].args.parse(args);
  const { event } = delivery;
  const id = factOf(event, "session_id");
  if (event.type === STARTING && id === undefined) return joinNewest(deps, event, wanted ?? event.workflow_id ?? "");
  if (event.type !== "session.created" || id === undefined) return nothingToDo("a session that goes on has its variables");
  const session = await loadSession(deps.control, event.tenant, { id });
  const name = wanted ?? session.name;
  const { rows } = await listSessions(deps.control, event.tenant, { limit: SESSION_LIMITS.searched });
  const earlier = rows.find((row) => row.session_id !== id && row.name === name && row.created_at <= session.created_at);
  if (earlier === undefined) return nothingToDo(`there is no earlier session '${name}' among the newest ${SESSION_LIMITS.searched}`);
  const { version } = await noteInSession(deps.control, actOf(deps, delivery, id), { under: earlier.variables });
  return done({ session_id: id, version, restored_from: earlier.session_id, variables: Object.keys(earlier.variables) });
};

async function joinNewest({ control }: ActionDeps, { tenant }: HookEvent, name: string): Promise<HookOutcome> {
  const { rows } = await listSessions(control, tenant, { limit: SESSION_LIMITS.searched });
  const open = rows.find((row) => row.name === name && row.status !== "ended");
  if (open === undefined) return nothingToDo(`there is no open session '${name}' among the newest ${SESSION_LIMITS.searched}`);
  return done({ session_id: open.session_id, version: open.version, patch: { session_id: open.session_id } });
}

/** Says in a session what its executions came to: in figures, or in an agent's words. */
export const sessionSummary: BuiltIn = async (deps, delivery, args) => {
  const { agent } = BUILT_INS["session-summary"].args.parse(args);
  const { event } = delivery;
  const id = await sessionIdOf(deps, event);
  if (id === undefined) return nothingToDo("the execution belongs to no session");
  const members = await listMembers(deps.control, event.tenant, id);
  const executions = await mapConcurrent(members, SESSION_LIMITS.steeredAtOnce, (execution) => loadExecution(deps.executions, event.tenant, execution));
  const figures = summaryOf(executions);
  if (agent === undefined) return say(deps, delivery, { id, summary: figures });
  const asked = { ...delivery, event: { ...event, facts: { ...event.facts, summary: figures } } };
  const outcome = await askAgent(deps, asked, { type: "agent", agent_id: agent, instruction: "Summarise this session in a few sentences." });
  if (outcome.status !== "completed") return outcome;
  return say(deps, delivery, { id, summary: typeof outcome.output === "string" ? outcome.output : JSON.stringify(outcome.output) });
};

async function say(deps: ActionDeps, delivery: Delivery, { id, summary }: { id: string; summary: string }): Promise<HookOutcome> {
  const said = summary.slice(0, SESSION_LIMITS.summaryCharacters);
  const { version } = await noteInSession(deps.control, actOf(deps, delivery, id), { summary: said });
  return done({ session_id: id, version, summary: said });
}
