import type { Stores, Agents } from "../runtime/runtime.ts";
import type { Agent } from "../../agents/agent.ts";
import { partsFor } from "../../agents/calls/message-parts.ts";
import { AGENT_LIMITS } from "../../agents/limits.ts";
import type { AttemptMessage } from "../../agents/calls/agent-calls.ts";
import type { Execution } from "../execution.ts";
import { EXECUTION_LIMITS } from "../limits.ts";
import { payloadBytes, type PayloadRef } from "../payload.ts";
import { type Attempt, refOf, skillOf } from "../runtime/attempt.ts";
import { loadPayload, presignPayload, savePayload, storeJson } from "../store/payload-store.ts";
import { contextFor, encodeDispatch, messageIdOf } from "../task/dispatch-ref.ts";
import { parseItemName } from "../task/for-each.ts";
import { attemptPayload } from "../task/payload-keys.ts";
import { hookedNow } from "../task/task-rules.ts";
import type { TaskRecord } from "../task/task-record.ts";
import type { Asked } from "../task/asked.ts";
import { ANSWER_SCHEMAS } from "../../patterns/answer-schemas.ts";
import { wordsOf } from "../../patterns/question.ts";
import { heldIn, nameOfHeld, withHeld } from "../pattern/held.ts";
import { findHeld, isRecord, loadHandedDown, loadInputs, loadItem, overlay, ownInput, readHeld } from "./inputs.ts";

/** Writes what the agent gets. Done before the attempt is recorded, so that nothing but the send comes after that. */
export async function composeMessage(
  runtime: Stores & Agents,
  attempt: Attempt,
  { agent, secret, given }: { agent: Agent; secret: string | undefined; given?: ReadonlyMap<string, TaskRecord> | undefined },
): Promise<AttemptMessage> {
  const { task, run } = attempt;
  const ref = refOf(attempt);
  const execution = await runtime.execution(run.tenant, run.execution);
  const inputs = await loadInputs(runtime, attempt, given);
  const skill = skillOf(attempt);
  // Words quote long values in part: where no JSON goes along, the whole of them is to be fetched.
  const quotedBytes = partsFor(agent, skill) === "text" ? AGENT_LIMITS.taskTextCharacters : Infinity;
  const { data, files } = await carriedBy(runtime, attempt, { input: execution.input, inputs, quotedBytes });
  const extra = await extraData(runtime, attempt);
  const isPushed = agent.supports_push && runtime.pushBaseUrl !== undefined && secret !== undefined;
  return {
    messageId: messageIdOf(ref),
    contextId: contextFor(ref, { session: execution.session?.id, agentId: agent.agent_id, asked: attempt.record.asked }),
    timeoutMs: task.timeoutSeconds * 1000,
    deadlineAt: attempt.record.deadlineAt,
    data: {
      task: task.id,
      ...(skill === undefined ? {} : { skill }),
      ...(task.description === undefined ? {} : { description: task.description }),
      ...data,
      ...extra,
    },
    metadata: metadataOf(attempt, execution),
    sources: sourcesOf(attempt, inputs),
    files,
    push: isPushed ? { url: `${runtime.pushBaseUrl}/push/${encodeDispatch(ref)}`, token: secret } : undefined,
  };
}

/** What a message carries: the task's inputs, a pattern's question, or, where a pattern has a task done, both. */
async function carriedBy(
  runtime: Stores,
  attempt: Attempt,
  given: { input: PayloadRef; inputs: ReadonlyMap<string, TaskRecord>; quotedBytes: number },
): Promise<Carried> {
  const { asked } = attempt.record;
  const question = asked && (await questionOf(runtime, attempt, { asked, quotedBytes: given.quotedBytes }));
  if (question !== undefined && asked?.kind !== "task") return question;
  const earlier = await loadHandedDown(runtime, attempt);
  const work = await gatherInputs(runtime, attempt, { ...given, earlier });
  return question === undefined ? work : besideWork(attempt.task.id, work, question);
}

function metadataOf(
  attempt: Attempt,
  { workflowId, traceId }: Pick<Execution, "workflowId" | "traceId">,
): AttemptMessage["metadata"] {
  const { task, run } = attempt;
  const labels = hookedNow(attempt.record)?.labels;
  const skill = skillOf(attempt);
  return {
    workflow_id: workflowId,
    execution_id: run.execution,
    task_id: task.id,
    attempt: refOf(attempt).attempt,
    trace_id: traceId,
    ...(labels === undefined ? {} : { labels }),
    ...(skill === undefined ? {} : { skill }),
  };
}

function sourcesOf(
  { task, view }: Attempt,
  inputs: ReadonlyMap<string, TaskRecord>,
): NonNullable<AttemptMessage["sources"]> {
  return Object.fromEntries(
    task.dependsOn.map((id) => [id, { title: titleOf(view.tasks.get(id)?.description), state: inputs.get(id)?.state }]),
  );
}

/** The first line of a description, as far as a heading takes it. */
function titleOf(description: string | undefined): string | undefined {
  const line = description?.trim().split(/[\n\r]/, 1)[0] ?? "";
  const most = EXECUTION_LIMITS.titleCharacters;
  if (line === "") return undefined;
  return line.length <= most ? line : `${line.slice(0, most).toWellFormed()}…`;
}

/** What only some tasks have: an element of a list, an event, a decision, and what earlier attempts came to. */
async function extraData(runtime: Stores, attempt: Attempt): Promise<Record<string, unknown>> {
  const { record } = attempt;
  const item = record.asked === undefined ? parseItemName(record.task) : undefined;
  const { failure, triedAgents = [], decision } = record;
  return {
    ...(item === undefined ? {} : { index: item.index, item: await loadItem(runtime, attempt, item) }),
    ...(record.event === undefined ? {} : { event: await runtime.load(record.event) }),
    ...(decision === undefined ? {} : { approval: { approved_by: decision.by, reason: decision.reason ?? null } }),
    ...(record.attempt <= 1 || failure === undefined ? {} : { previous: { attempts: record.attempt - 1, agents: triedAgents, failure } }),
  };
}

/** What a pattern asks: in words, and with the shape of the answer. Results that it refers to travel along, or as links. */
async function questionOf(
  runtime: Stores,
  attempt: Attempt,
  { asked, quotedBytes }: { asked: Asked; quotedBytes: number },
): Promise<Carried> {
  const { id, pattern, kind, round, ofRounds, message } = asked;
  const said = await loadPayload(runtime.payloads, message);
  let budget = EXECUTION_LIMITS.messagePayloadBytes;
  const files: AttemptFile[] = [];
  const values = new Map<string, unknown>();
  for (const held of heldIn(said)) {
    const found = await findHeld(runtime, attempt, held);
    const name = `results/${nameOfHeld(held)}`;
    const isInside = held.bytes <= budget;
    if (isInside) budget -= held.bytes;
    if (found === undefined) values.set(nameOfHeld(held), null);
    else if (isInside) values.set(nameOfHeld(held), await readHeld(runtime, held, found));
    if (found === undefined || (isInside && held.bytes <= quotedBytes)) continue;
    const stored = "key" in found ? found : await storeJson(runtime.payloads, attemptPayload(refOf(attempt), name), found.json);
    files.push({ name, url: await presignPayload(runtime.payloads, stored.key, attempt.task.timeoutSeconds), mediaType: "application/json" });
    if (!isInside) values.set(nameOfHeld(held), { $file: name, bytes: held.bytes, sha256: stored.sha256 });
  }
  const rounds = round === undefined ? {} : { round, ...(ofRounds === undefined ? {} : { of_rounds: ofRounds }) };
  const data = {
    description: wordsOf(kind, asked),
    pattern: { name: pattern, kind, ask: id, ...rounds },
    answer_schema: ANSWER_SCHEMAS[kind],
    input: withHeld(said, values),
    dependencies: {},
  };
  return { data, files };
}

type Carried = { readonly data: Record<string, unknown>; readonly files: AttemptMessage["files"] };

/** A task as it is, with what a pattern adds to it: what was found at fault with the attempts before. */
const besideWork = (name: string, work: Carried, { data: { input, pattern }, files }: Carried): Carried => ({
  data: { task: parseItemName(name)?.group ?? name, ...work.data, pattern, ...(isRecord(input) ? input : {}) },
  files: [...work.files, ...files],
});

/** Small inputs travel inside the message; once the budget is spent, the rest travels as links. */
async function gatherInputs(
  runtime: Stores,
  attempt: Attempt,
  given: Given & { readonly input: PayloadRef; readonly quotedBytes: number },
): Promise<Carried> {
  const { carry, files } = carrier(runtime, attempt, given.quotedBytes);
  const own = await ownInput(runtime, attempt, given.inputs);
  const isQuotedInPart = payloadBytes(given.input) > given.quotedBytes && Object.keys(own).length > 0;
  const start = isQuotedInPart ? await withFields(runtime, attempt, { input: given.input, own }) : given.input;
  const outputsOf = (place: string, rows: Given["inputs"], names: Iterable<string>) =>
    Promise.all(
      [...names].map(async (id) => {
        const output = rows.get(id)?.output;
        return [id, output === undefined ? null : await carry(`${place}/${id}`, output)] as const;
      }),
    );
  // Each takes its share of the budget before its first await, so the order of the plan decides who travels inside.
  const [input, dependencies, earlier] = await Promise.all([
    carry("input", start),
    outputsOf("dependencies", given.inputs, attempt.task.dependsOn),
    outputsOf("handoff", given.earlier, given.earlier.keys()),
  ]);
  const handoff = earlier.map(([id, output]) => holderOf(attempt, { id, row: given.earlier.get(id), output }));
  const data = {
    input: isQuotedInPart ? input : overlay(input, own),
    dependencies: Object.fromEntries(dependencies),
    ...(handoff.length === 0 ? {} : { handoff }),
  };
  return { data, files };
}

/** Takes values along while there is room in the message, and keeps the files of the others. */
function carrier(runtime: Stores, attempt: Attempt, quotedBytes: number) {
  let budget: number = EXECUTION_LIMITS.messagePayloadBytes;
  const files: AttemptFile[] = [];
  const carry = async (name: string, ref: PayloadRef): Promise<unknown> => {
    const bytes = payloadBytes(ref);
    const isInside = bytes <= budget;
    if (isInside) budget -= bytes;
    if (isInside && bytes <= quotedBytes) return loadPayload(runtime.payloads, ref);
    const file = { name, url: "", mediaType: "application/json" };
    files.push(file);
    const stored = "key" in ref ? ref : await storeJson(runtime.payloads, attemptPayload(refOf(attempt), name), ref.json);
    file.url = await presignPayload(runtime.payloads, stored.key, attempt.task.timeoutSeconds);
    return isInside ? loadPayload(runtime.payloads, ref) : { $file: name, bytes, sha256: stored.sha256 };
  };
  return { carry, files };
}

/** One who held the work before, as those after it hear of it. */
function holderOf({ view }: Attempt, { id, row, output }: { id: string; row: TaskRecord | undefined; output: unknown }) {
  const title = titleOf(view.tasks.get(id)?.description);
  return {
    task: id,
    ...(title === undefined ? {} : { title }),
    ...(row?.agentId === undefined ? {} : { agent: row.agentId }),
    state: row?.state,
    output,
  };
}

/** Rows of the tasks whose outputs travel: inputs, and what came before them. */
interface Given {
  readonly inputs: ReadonlyMap<string, TaskRecord>;
  readonly earlier: ReadonlyMap<string, TaskRecord>;
}

/** The execution's input with the task's own fields, kept as a payload of the attempt. */
async function withFields(
  runtime: Stores,
  attempt: Attempt,
  { input, own }: { input: PayloadRef; own: Readonly<Record<string, unknown>> },
): Promise<PayloadRef> {
  const whole = overlay(await loadPayload(runtime.payloads, input), own);
  return savePayload(runtime.payloads, attemptPayload(refOf(attempt), "input"), whole);
}

type AttemptFile = { -readonly [Key in keyof AttemptMessage["files"][number]]: AttemptMessage["files"][number][Key] };
