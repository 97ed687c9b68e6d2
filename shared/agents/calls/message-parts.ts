import type { Part } from "../../a2a/parts.ts";
import type { Agent } from "../agent.ts";
import type { AttemptMessage } from "./agent-calls.ts";
import { taskText } from "./task-text.ts";

/** What the parts of a message hold: words, JSON, or one of each. */
export type MessageParts = NonNullable<Agent["message_parts"]>;

const isJson = (mode: string): boolean => /json/i.test(mode);

/**
 * What an agent is sent: what its registration says, else what the modes of the asked skill allow. A text that a model
 * can read always travels unless the registration says otherwise; JSON travels to agents that do not rule it out.
 */
export function partsFor(agent: Pick<Agent, "message_parts" | "skills">, skill: unknown): MessageParts {
  if (agent.message_parts !== undefined) return agent.message_parts;
  const modes = agent.skills.find(({ id }) => id === skill)?.input_modes ?? agent.skills.flatMap(({ input_modes: own = [] }) => own);
  return modes.length === 0 || modes.some(isJson) ? "both" : "text";
}

/** What a message says for the extensions that an agent is called with: params stand in its metadata under the URI. */
export function extensionFields({ extensions = [] }: Pick<Agent, "extensions">, metadata: Readonly<Record<string, unknown>>) {
  const said = extensions.flatMap(({ uri, params }) => (params === undefined ? [] : [[uri, params] as const]));
  if (said.length === 0) return { metadata };
  return { metadata: { ...metadata, ...Object.fromEntries(said) }, extensions: said.map(([uri]) => uri) };
}

/** What an agent is sent of an attempt's message. */
export const partsSentTo = (agent: Agent, message: AttemptMessage): readonly Part[] =>
  toParts(message, partsFor(agent, message.data["skill"]));

/** The parts of an attempt's message, words first. */
export function toParts(message: AttemptMessage, kind: MessageParts): readonly Part[] {
  const files: Part[] = message.files.map(({ name, url, mediaType }) => ({ kind: "file", name, url, mediaType }));
  const text: Part[] = kind === "data" ? [] : [{ kind: "text", text: taskText(message, kind !== "text") }];
  const data: Part[] = kind === "text" ? [] : [{ kind: "data", data: message.data }];
  return [...text, ...data, ...files];
}
