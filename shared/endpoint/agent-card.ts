import { createHash } from "node:crypto";
import { WORKFLOW_EXTENSION } from "../core/a2a-extensions.ts";
import type { Dialect } from "./wire/negotiate.ts";
import type { StoredDefinition } from "../workflow/store/stored-definition.ts";
import { inputSchemaOf, type Offer, RUN_WORKFLOW } from "./choose-workflow.ts";

/**
 * An agent card. To those who say that they speak 1.0 it is one of 1.0 and nothing else; the others get one card that both
 * generations read, because clients of 0.3 say nothing and ask at the same path.
 */
export type EndpointCard = Readonly<Record<string, unknown>>;

const TEXT = "text/plain";
const JSON_TYPE = "application/json";

interface Skill {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly tags: readonly string[];
  readonly examples?: readonly string[];
  readonly inputModes?: readonly string[];
  readonly outputModes?: readonly string[];
}

const RUN: Skill = {
  id: RUN_WORKFLOW,
  name: "Run a workflow",
  description:
    "Runs a workflow of A2A agents and answers with its outputs. Name it as 'skill' in the message's metadata; the extended card lists the workflows that your token may run, with what each takes.",
  tags: ["workflow", "orchestration"],
};

/** Where the card leads, and who reads it. */
interface Reader {
  readonly url: string;
  readonly dialect: Dialect;
}

/** The card that everybody may read. It says nothing of any tenant. */
export const publicCard = (url: string, dialect: Dialect): EndpointCard => cardOf({ url, dialect }, [RUN], {});

/** The card of one tenant: a skill per deployed workflow, in its newest version. */
export function extendedCard(reader: Reader, definitions: readonly StoredDefinition[]): EndpointCard {
  const workflows = definitions.map((definition) => ({
    skill: definition.name,
    version: definition.version,
    inputSchema: inputSchemaOf(definition),
    estimatedSeconds: definition.estimatedSeconds,
  }));
  const skills = definitions.map(skillOf);
  return cardOf(reader, skills.length === 0 ? [RUN] : skills, { workflows });
}

function skillOf(definition: StoredDefinition): Skill {
  const { name, version, description, pattern, inputFields = [] } = definition;
  const takesFiles = inputFields.some((field) => field.name === "files");
  return {
    id: name,
    name: `${name} ${version}`,
    description: description ?? `Runs the workflow ${name}`,
    tags: ["workflow", pattern, `version:${version}`],
    examples: [exampleOf(definition)],
    inputModes: takesFiles ? [JSON_TYPE, TEXT, "*/*"] : [JSON_TYPE, TEXT],
    outputModes: [JSON_TYPE, TEXT],
  };
}

/** The shape of an input, as a text that a person can fill in. */
function exampleOf({ inputFields = [] }: Offer): string {
  const asked = inputFields.filter(({ isRequired }) => isRequired);
  if (asked.length === 1 && asked[0]?.name === "text") return "Any text";
  return JSON.stringify(Object.fromEntries(asked.map(({ name }) => [name, `<${name}>`])));
}

function cardOf(
  { url, dialect }: Reader,
  skills: readonly Skill[],
  params: Readonly<Record<string, unknown>>,
): EndpointCard {
  const extension = {
    uri: WORKFLOW_EXTENSION,
    description: "Which workflow a skill is, and what it takes",
    required: false,
    params,
  };
  const card = {
    name: "A2A orchestrator",
    description: "Runs workflows of A2A agents: a task is one execution, its artifacts are the workflow's outputs.",
    version: "1.0.0",
    supportedInterfaces: [
      { url, protocolBinding: "JSONRPC", protocolVersion: "1.0" },
      { url, protocolBinding: "HTTP+JSON", protocolVersion: "1.0" },
      { url, protocolBinding: "JSONRPC", protocolVersion: "0.3" },
    ],
    capabilities: { streaming: true, pushNotifications: true, extendedAgentCard: true, extensions: [extension] },
    securitySchemes: { bearer: BEARER },
    securityRequirements: [{ schemes: { bearer: { list: [] } } }],
    defaultInputModes: [JSON_TYPE, TEXT],
    defaultOutputModes: [JSON_TYPE, TEXT],
    skills,
  };
  return dialect === "1.0" ? card : { ...card, ...legacyFields(url, card.capabilities) };
}

const BEARER = { httpAuthSecurityScheme: { scheme: "Bearer", bearerFormat: "JWT" } };

/** What 0.3 reads of a card and 1.0 does not know. */
const legacyFields = (url: string, capabilities: object): EndpointCard => ({
  url,
  preferredTransport: "JSONRPC",
  protocolVersion: "0.3.0",
  capabilities: { ...capabilities, stateTransitionHistory: false },
  securitySchemes: { bearer: { ...BEARER, type: "http", scheme: "bearer", bearerFormat: "JWT" } },
  security: [{ bearer: [] }],
  // For clients of 1.0 that do not say so. Those in Go take a plain list for the scopes; those that read proto JSON take both.
  securityRequirements: [{ schemes: { bearer: [] } }],
  supportsAuthenticatedExtendedCard: true,
});

/** Names a card's content, for `If-None-Match`. Signatures of the same content differ from one function to the next. */
export function etagOf({ signatures, ...card }: EndpointCard): string {
  const name = createHash("sha256").update(JSON.stringify(card)).update(signatures === undefined ? "" : "signed").digest("hex").slice(0, 32);
  return signatures === undefined ? `"${name}"` : `W/"${name}"`;
}
