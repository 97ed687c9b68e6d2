import { isObject } from "../../a2a/parts.ts";
import { AGENT_LIMITS } from "../limits.ts";
import type { AttemptMessage } from "./agent-calls.ts";
import { quote } from "./quote-value.ts";

/**
 * A task in words, for agents whose model reads text: the goal, the input, what each dependency gave, what went before,
 * until when, and how to answer. Values stand between fences, so that what others wrote cannot pose as the task's own
 * words. What is not there is said, with where the whole of it is.
 *
 * @param hasData whether the same goes along as JSON.
 */
export function taskText(message: AttemptMessage, hasData: boolean): string {
  const { data, metadata, files } = message;
  const { input, item, index, event, approval, previous, review } = data;
  const say = (name: string, heading: string, value: unknown): string => section(message, { name, heading, value, hasData });
  if (metadata["answers"] !== undefined) return typeof input === "string" ? input : say("input", "Answer", input).trim();
  const optional = [
    [item, "item", `Your element of the list (number ${Number(index) + 1})`],
    [event, "event", "The event that this task waited for"],
    [approval, "approval", "Approval"],
    [previous, "previous", "Earlier attempts failed"],
    [review, "review", "What was found at fault with the attempts before"],
  ] as const;
  const parts = [
    titleOf(message),
    say("input", "Input", input),
    ...resultsOf(message, say),
    ...handedDown(message, say),
    ...optional.flatMap(([value, name, heading]) => (value === undefined ? [] : [say(name, heading, value)])),
    ...(files.length === 0 ? [] : [files.map(({ name, url, mediaType }) => `File '${name}' (${mediaType}): ${url}\n`).join("")]),
    ...untilWhen(message),
    "Answer with the result of this task alone: plain text, or one JSON object.",
  ];
  return parts.join("\n");
}

function titleOf({ data: { task, skill, description }, metadata }: AttemptMessage): string {
  const goal = typeof description === "string" ? description : `Do the task '${String(task)}'.`;
  const workflow = metadata["workflow_id"];
  const place = [...(typeof skill === "string" ? [`skill: ${skill}`] : []), ...(typeof workflow === "string" ? [`workflow: ${workflow}`] : [])];
  return `${goal}\n\nTask: ${String(task)}${place.length === 0 ? "" : ` (${place.join(", ")})`}\n`;
}

function resultsOf({ data: { dependencies }, sources = {} }: AttemptMessage, say: (name: string, heading: string, value: unknown) => string): string[] {
  return Object.entries(isObject(dependencies) ? dependencies : {}).map(([id, output]) => {
    const { title, state } = sources[id] ?? {};
    const heading = `Result of '${id}'${title === undefined ? "" : ` (${title})`}`;
    if (output === null && state !== undefined && state !== "completed") return `${heading}: none, it was ${state}.\n`;
    return say(`dependencies/${id}`, heading, output);
  });
}

/** Where work is handed on: what those came to who held it before. */
function handedDown({ data: { handoff } }: AttemptMessage, say: (name: string, heading: string, value: unknown) => string): string[] {
  return (Array.isArray(handoff) ? handoff : []).filter(isObject).map(({ task, title, output }) => {
    const named = typeof title === "string" ? ` (${title})` : "";
    return say(`handoff/${String(task)}`, `Before that, '${String(task)}'${named} came to`, output);
  });
}

function untilWhen({ deadlineAt, timeoutMs }: AttemptMessage): string[] {
  if (deadlineAt === undefined) return [];
  const time = timeoutMs === undefined ? "" : ` (${Math.round(timeoutMs / 1000)} s after this was sent)`;
  return [`Deadline: ${deadlineAt}${time}\n`];
}

interface Section {
  readonly name: string;
  readonly heading: string;
  readonly value: unknown;
  readonly hasData: boolean;
}

/** A value under its heading. */
function section(message: AttemptMessage, { name, heading, value, hasData }: Section): string {
  const { own, away } = apart(value, name);
  const missing = away === undefined ? "" : `${away} bytes, too large for this message; read them from file '${name}' below.`;
  if (own === undefined) return `${heading}: ${missing || "none."}\n`;
  const { text, cut } = quote(own, AGENT_LIMITS.taskTextCharacters);
  const notes = [missing && `(beside this: ${missing})`, cut && `(cut: ${cut.shown} of ${cut.of} characters are above; ${restOf(message, name, hasData)})`];
  return [`${heading}:`, text, ...notes.filter(Boolean), ""].join("\n");
}

const restOf = ({ files }: AttemptMessage, name: string, hasData: boolean): string => {
  if (files.some((file) => file.name === name)) return `the whole is in file '${name}' below`;
  return hasData ? "the whole is in the JSON of this message" : "the rest is not sent";
};

/** What of a value is here, and how many bytes of it travel as a file; nothing is here of `null` and of an empty object. */
function apart(value: unknown, name: string): { own?: unknown; away?: number } {
  if (!isObject(value)) return value === undefined || value === null ? {} : { own: value };
  const { $file, bytes, sha256, ...others } = value;
  const isAway = $file === name && typeof bytes === "number" && typeof sha256 === "string";
  const own = isAway ? others : value;
  return { ...(Object.keys(own).length === 0 ? {} : { own }), ...(isAway ? { away: bytes } : {}) };
}
