import * as z from "zod";
import type { WirePart } from "./wire/wire.ts";

const Text = z.strictObject({ text: z.string() });
const File = z.strictObject({
  file: z.strictObject({
    name: z.string().optional(),
    mediaType: z.string().optional(),
    url: z.string().optional(),
    bytes: z.string().optional(),
  }),
});
const AgentPart = z.union([
  z.object({ kind: z.literal("text"), text: z.string() }),
  z.object({ kind: z.literal("data"), data: z.unknown() }),
  z.object({ kind: z.literal("file"), ...File.shape.file.shape }),
]);
const Parts = z.strictObject({ parts: z.array(AgentPart).min(1) });
const Artifacts = z.strictObject({ artifacts: z.array(z.object({ parts: z.array(AgentPart) })).min(1) });

/**
 * A value of ours as parts of A2A: what `outputOf` (`shared/a2a/task-output.ts`) made of an agent's parts becomes these
 * parts again, a text is a text, anything else is data.
 */
export function partsOf(value: unknown): readonly WirePart[] {
  if (typeof value === "string") return [{ text: value }];
  const text = Text.safeParse(value);
  if (text.success) return [{ text: text.data.text }];
  const file = File.safeParse(value);
  if (file.success) return [filePart(file.data.file)];
  const parts = Parts.safeParse(value);
  if (parts.success) return parts.data.parts.map(partOf);
  const artifacts = Artifacts.safeParse(value);
  const inside = artifacts.success ? artifacts.data.artifacts.flatMap((artifact) => artifact.parts.map(partOf)) : [];
  return inside.length > 0 ? inside : [{ data: value ?? null }];
}

function partOf(part: z.infer<typeof AgentPart>): WirePart {
  if (part.kind === "text") return { text: part.text };
  return part.kind === "data" ? { data: part.data ?? null } : filePart(part);
}

const filePart = ({ name, mediaType, url, bytes }: z.infer<typeof File>["file"]): WirePart => ({
  ...(url === undefined ? { raw: bytes ?? "" } : { url }),
  ...(name === undefined ? {} : { filename: name }),
  ...(mediaType === undefined ? {} : { mediaType }),
});
