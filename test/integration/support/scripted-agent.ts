import * as z from "zod";
import { type ScriptedPeer, startPeer } from "../scripted-peer.ts";

/** What the orchestrator hands over, as its data part says it. */
export const Handed = z.looseObject({
  task: z.string(),
  skill: z.string().optional(),
  input: z.record(z.string(), z.unknown()),
  dependencies: z.record(z.string(), z.unknown()),
  review: z.unknown().optional(),
  handoff: z.unknown().optional(),
  pattern: z.looseObject({ name: z.string(), kind: z.string() }).optional(),
});
export type Handed = z.infer<typeof Handed>;

const Call = z.object({ id: z.unknown() });
const Send = z.object({
  method: z.literal("SendMessage"),
  params: z.object({ message: z.object({ parts: z.array(z.looseObject({ data: z.unknown().optional() })) }) }),
});

/** An A2A 1.0 agent in this process that answers at once by a rule, or fails where the rule gives nothing. */
export async function startScriptedAgent(
  { name, skills }: { name: string; skills: readonly string[] },
  answer: (job: Handed) => Record<string, unknown> | undefined,
): Promise<ScriptedPeer> {
  return startPeer(({ method, body }, origin) => {
    if (method === "GET") return { json: cardOf(name, skills, origin) };
    const request: unknown = JSON.parse(body);
    const sent = Send.safeParse(request).data;
    const { id } = Call.parse(request);
    if (sent === undefined) return { json: { jsonrpc: "2.0", id, error: { code: -32_601, message: "no such method" } } };
    const { params } = sent;
    const job = Handed.parse(params.message.parts.find(({ data }) => data !== undefined)?.data);
    const data = answer(job);
    if (data === undefined) return { json: { jsonrpc: "2.0", id, error: { code: -32_603, message: `${name} cannot` } } };
    return { json: { jsonrpc: "2.0", id, result: { message: { messageId: crypto.randomUUID(), role: "ROLE_AGENT", parts: [{ data }] } } } };
  });
}

const cardOf = (name: string, skills: readonly string[], url: string) => ({
  name,
  description: `${name} by a script`,
  version: "1.0.0",
  supportedInterfaces: [{ url, protocolBinding: "JSONRPC", protocolVersion: "1.0" }],
  capabilities: {},
  defaultInputModes: ["application/json"],
  defaultOutputModes: ["application/json"],
  skills: skills.map((id) => ({ id, name: id, description: id, tags: [id] })),
});
