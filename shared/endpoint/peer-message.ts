import type { WireMessage, WirePart } from "./wire/wire.ts";

const isStruct = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** What an orchestrator tells an agent beside the input of a task. */
const BESIDE = ["dependencies", "index", "item", "event", "approval", "previous"] as const;

/**
 * A message of an orchestrator as its author meant it. What it sends an agent is a task in words, and the same as JSON
 * with the input inside; a workflow's input is that input alone, with what the task builds on beside it where there is
 * something. An answer is what a person said. Other messages stay as they are.
 */
export function plainMessage<Message extends WireMessage>(message: Message): Message {
  const sent = taskIn(message);
  if (sent === undefined) return message;
  const { metadata = {}, parts } = message;
  const files = parts.filter(({ text, data }) => text === undefined && data === undefined);
  if (metadata["answers"] !== undefined) return { ...message, parts: [partOf(sent["input"]), ...files] };
  const { input } = sent;
  const own = isStruct(input) ? input : input === undefined || input === null ? {} : { data: input };
  const beside = Object.fromEntries(BESIDE.flatMap((name) => (isEmpty(sent[name]) ? [] : [[name, sent[name]]])));
  return { ...message, parts: [{ data: { ...beside, ...own } }, ...files] };
}

const isEmpty = (value: unknown): boolean => value === undefined || (isStruct(value) && Object.keys(value).length === 0);

const partOf = (value: unknown): WirePart => (typeof value === "string" ? { text: value } : { data: value ?? null });

/** The JSON that says which task of which execution it is about, as its metadata does. */
function taskIn({ metadata = {}, parts }: WireMessage): Readonly<Record<string, unknown>> | undefined {
  const { execution_id: execution, task_id: task } = metadata;
  if (typeof execution !== "string" || typeof task !== "string") return undefined;
  const found = parts.map(({ data }) => data).find((data) => isStruct(data) && data["task"] === task && "input" in data);
  return isStruct(found) ? found : undefined;
}
