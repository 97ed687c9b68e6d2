import * as z from "zod";

/** A payload on its way into a reply: its value, or a link to it when it would not fit. */
export type ShownPayload =
  | { readonly value: unknown }
  | { readonly url: string; readonly bytes: number; readonly sha256: string };

/** The fields of a reply that hold an output: itself, or a link that leads to it for a while. */
export const outputShape = {
  output: z.unknown().optional(),
  output_url: z.string().optional(),
  output_bytes: z.int().optional(),
  output_sha256: z.string().optional(),
};

/** An output as fields of a reply. */
export const viewOutput = (shown: ShownPayload) =>
  "value" in shown
    ? { output: shown.value }
    : { output_url: shown.url, output_bytes: shown.bytes, output_sha256: shown.sha256 };
