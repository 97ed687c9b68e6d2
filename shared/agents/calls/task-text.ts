import { AGENT_LIMITS } from "../limits.ts";
import type { AttemptMessage } from "./agent-calls.ts";

/**
 * A task in words, for agents whose model reads text: the goal, the input, what each dependency gave, what went before,
 * until when, and how to answer. Long values are cut, and the text says so.
 */
export function taskText({ data, metadata, files, deadlineAt }: AttemptMessage): string {
  const { task, skill, description, input, dependencies, item, index, event, approval, previous } = data;
  if (metadata["answers"] !== undefined) return typeof input === "string" ? input : section("Answer", input).trim();
  const goal = typeof description === "string" ? description : `Do the task '${String(task)}'.`;
  const title = `Task: ${String(task)}${typeof skill === "string" ? ` (skill: ${skill})` : ""}`;
  const given = Object.entries(isRecord(dependencies) ? dependencies : {});
  const parts = [
    `${goal}\n${title}\n`,
    section("Input", input),
    ...given.map(([name, output]) => section(`Result of '${name}'`, output)),
    ...(item === undefined ? [] : [section(`Your element of the list (number ${Number(index) + 1})`, item)]),
    ...(event === undefined ? [] : [section("The event that this task waited for", event)]),
    ...(approval === undefined ? [] : [section("Approval", approval)]),
    ...(previous === undefined ? [] : [section("Earlier attempts failed", previous)]),
    ...files.map(({ name, url, mediaType }) => `File '${name}' (${mediaType}): ${url}\n`),
    ...(deadlineAt === undefined ? [] : [`Deadline: ${deadlineAt}\n`]),
    "Answer with the result of this task alone: plain text, or one JSON object.",
  ];
  return parts.filter((part) => part !== "").join("\n");
}

/** A value under its heading: text as it is, anything else as JSON; nothing when there is nothing to say. */
function section(heading: string, value: unknown): string {
  if (value === undefined || value === null || (isRecord(value) && Object.keys(value).length === 0)) return "";
  const text = typeof value === "string" ? value : JSON.stringify(value, null, 1);
  return `${heading}:\n${cut(text)}\n`;
}

function cut(text: string): string {
  const most = AGENT_LIMITS.taskTextCharacters;
  return text.length <= most ? text : `${text.slice(0, most)}\n(cut here: ${most} of ${text.length} characters)`;
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
