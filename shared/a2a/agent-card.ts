import * as z from "zod";

import type { ProtocolVersion } from "./dialect.ts";
import { IDEMPOTENT_MESSAGES_EXTENSION } from "../core/a2a-extensions.ts";

/** Something an agent can do. */
export interface AgentSkill {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly tags: readonly string[];
  readonly inputModes: readonly string[];
  readonly outputModes: readonly string[];
}

/** An address at which an agent can be called. */
export interface AgentInterface {
  readonly url: string;
  readonly binding: string;
  readonly protocolVersion: ProtocolVersion;
  readonly tenant?: string;
}

/** What a caller must present, in our own vocabulary for every version of the card. */
export type SecurityScheme =
  | { readonly type: "http"; readonly scheme: string }
  | { readonly type: "apiKey"; readonly in: string; readonly name: string }
  | { readonly type: "oauth2" | "openIdConnect" | "mutualTLS" | "unknown" };

/** An agent card of any version, in one shape. */
export interface AgentCard {
  readonly name: string;
  readonly description: string;
  readonly version: string;
  /** The generation spoken at the preferred interface. */
  readonly protocolVersion: ProtocolVersion;
  readonly skills: readonly AgentSkill[];
  readonly capabilities: {
    readonly streaming: boolean;
    readonly push: boolean;
    /** Callers who show a credential get a card that says more. */
    readonly extended: boolean;
    readonly extensions: readonly string[];
    /** Those of them without which the agent refuses calls. */
    readonly requiredExtensions: readonly string[];
  };
  readonly outputModes: readonly string[];
  /** Those that can be called first, JSON-RPC before HTTP+JSON, newest protocol first. */
  readonly interfaces: readonly AgentInterface[];
  readonly securitySchemes: Readonly<Record<string, SecurityScheme>>;
  /** Alternatives; each names schemes that are all needed. Empty: the agent asks for nothing. */
  readonly security: readonly (readonly string[])[];
  readonly idempotentMessages: boolean;
}

const text = z.string().catch("");
const texts = z.array(z.string()).nullish().catch(null);
const record = z.record(z.string(), z.unknown());

const WireScheme = z
  .looseObject({
    type: z.string().optional(),
    scheme: z.string().optional(),
    in: z.string().optional(),
    location: z.string().optional(),
    name: z.string().optional(),
    apiKeySecurityScheme: z.object({ location: text, name: text }).optional(),
    httpAuthSecurityScheme: z.object({ scheme: text }).optional(),
  })
  .transform((wire): SecurityScheme => {
    const key = wire.apiKeySecurityScheme;
    if (key !== undefined) return { type: "apiKey", in: key.location, name: key.name };
    if (wire.httpAuthSecurityScheme !== undefined)
      return { type: "http", scheme: wire.httpAuthSecurityScheme.scheme.toLowerCase() };
    if (wire.type === "apiKey")
      return { type: "apiKey", in: wire.in ?? wire.location ?? "header", name: wire.name ?? "" };
    if (wire.type === "http") return { type: "http", scheme: (wire.scheme ?? "").toLowerCase() };
    if (wire.type === "oauth2" || "oauth2SecurityScheme" in wire) return { type: "oauth2" };
    if (wire.type === "openIdConnect" || "openIdConnectSecurityScheme" in wire) return { type: "openIdConnect" };
    return { type: wire.type === "mutualTLS" || "mtlsSecurityScheme" in wire ? "mutualTLS" : "unknown" };
  });

const WireSkill = z.object({
  id: z.string().min(1),
  name: text,
  description: text,
  tags: texts,
  inputModes: texts,
  outputModes: texts,
});

const WireCard = z.object({
  name: z.string().min(1),
  description: text,
  version: text,
  protocolVersion: z.string().optional().catch(undefined),
  url: z.string().optional(),
  preferredTransport: z.string().optional(),
  additionalInterfaces: z.array(z.object({ url: z.string(), transport: z.string() })).nullish(),
  supportedInterfaces: z
    .array(z.object({ url: z.string(), protocolBinding: text, protocolVersion: text, tenant: z.string().optional() }))
    .nullish(),
  capabilities: z
    .object({
      streaming: z.boolean().nullish(),
      pushNotifications: z.boolean().nullish(),
      extendedAgentCard: z.boolean().nullish(),
      extensions: z.array(z.object({ uri: z.string(), required: z.boolean().nullish().catch(undefined) })).nullish(),
    })
    .nullish(),
  /** 0.3. */
  supportsAuthenticatedExtendedCard: z.boolean().nullish(),
  defaultInputModes: texts,
  defaultOutputModes: texts,
  skills: z.array(WireSkill).nullish(),
  securitySchemes: z.record(z.string(), WireScheme).nullish(),
  /** 0.x. */
  security: z.array(record).nullish(),
  /** 1.x. */
  securityRequirements: z.array(z.object({ schemes: record.nullish() })).nullish(),
});
type WireCard = z.infer<typeof WireCard>;

/**
 * Reads a card of any version from 0.2 to 1.x.
 *
 * A card that carries both shapes counts as the newer one. A card without `supportedInterfaces` whose protocol version
 * is absent or `0.0`–`0.2` (`0.2.9`, a release that never was, included) speaks the 0.2 wire form.
 *
 * @returns a reason when it is no card.
 */
export function readAgentCard(raw: unknown): AgentCard | { readonly flaw: string } {
  const parsed = WireCard.safeParse(raw);
  if (!parsed.success) return { flaw: z.prettifyError(parsed.error).replaceAll("\n", "; ").slice(0, 500) };
  const wire = parsed.data;
  const interfaces = interfacesOf(wire).sort((a, b) => rank(b) - rank(a));
  const [preferred] = interfaces;
  if (preferred === undefined) return { flaw: "it names no URL at which the agent can be called" };
  const declared = wire.capabilities?.extensions ?? [];
  const extensions = declared.map(({ uri }) => uri);
  return {
    name: wire.name,
    description: wire.description,
    version: wire.version,
    protocolVersion: preferred.protocolVersion,
    skills: (wire.skills ?? []).map((skill) => skillOf(skill, wire)),
    capabilities: {
      streaming: wire.capabilities?.streaming ?? false,
      push: wire.capabilities?.pushNotifications ?? false,
      extended: wire.capabilities?.extendedAgentCard ?? wire.supportsAuthenticatedExtendedCard ?? false,
      extensions,
      requiredExtensions: declared.flatMap(({ uri, required }) => (required === true ? [uri] : [])),
    },
    outputModes: outputModesOf(wire),
    interfaces,
    securitySchemes: wire.securitySchemes ?? {},
    security: (wire.securityRequirements?.map(({ schemes }) => schemes ?? {}) ?? wire.security ?? []).map(Object.keys),
    idempotentMessages: extensions.includes(IDEMPOTENT_MESSAGES_EXTENSION),
  };
}

/** The bindings that are spoken here. */
export type Binding = "JSONRPC" | "HTTP+JSON";

/** The binding in which an interface can be called; nothing when it cannot: gRPC is not spoken, and 0.2 has JSON-RPC alone. */
export function bindingOf({ binding, protocolVersion }: AgentInterface): Binding | undefined {
  const name = binding.toUpperCase();
  if (name === "JSONRPC") return name;
  return name === "HTTP+JSON" && protocolVersion !== "0.2" ? name : undefined;
}

const BINDING_RANK = { JSONRPC: 20, "HTTP+JSON": 10 } as const;

function interfacesOf(wire: WireCard): AgentInterface[] {
  if (wire.supportedInterfaces && wire.supportedInterfaces.length > 0) {
    return wire.supportedInterfaces.map(({ url, protocolBinding, protocolVersion, tenant }) => ({
      url,
      binding: protocolBinding,
      protocolVersion: generationOf(protocolVersion === "" ? "1.0" : protocolVersion),
      ...(tenant === undefined || tenant === "" ? {} : { tenant }),
    }));
  }
  const protocolVersion = generationOf(wire.protocolVersion ?? "0.2");
  const main = wire.url === undefined ? [] : [{ url: wire.url, transport: wire.preferredTransport ?? "JSONRPC" }];
  return [...main, ...(wire.additionalInterfaces ?? [])].map(({ url, transport }) => ({
    url,
    binding: transport,
    protocolVersion: protocolVersion === "1.0" ? "0.3" : protocolVersion,
  }));
}

function generationOf(version: string): ProtocolVersion {
  if (/^v?0\.[0-2](\D|$)/.test(version)) return "0.2";
  return /^v?0\./.test(version) ? "0.3" : "1.0";
}

function rank(candidate: AgentInterface): number {
  const binding = bindingOf(candidate);
  return (binding === undefined ? 0 : BINDING_RANK[binding]) + Number(candidate.protocolVersion);
}

function skillOf(skill: z.infer<typeof WireSkill>, card: WireCard): AgentSkill {
  return {
    ...skill,
    name: skill.name === "" ? skill.id : skill.name,
    tags: skill.tags ?? [],
    inputModes: skill.inputModes?.length ? skill.inputModes : (card.defaultInputModes ?? []),
    outputModes: skill.outputModes?.length ? skill.outputModes : (card.defaultOutputModes ?? []),
  };
}

function outputModesOf(card: WireCard): readonly string[] {
  const modes = new Set([
    ...(card.defaultOutputModes ?? []),
    ...(card.skills ?? []).flatMap((skill) => skill.outputModes ?? []),
  ]);
  return modes.size > 0 ? [...modes] : ["application/json", "text/plain"];
}
