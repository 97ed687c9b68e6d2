import * as z from "zod";

/**
 * JSON kept next to the row when small, in the payload bucket when not (invariant 2).
 *
 * @example
 * ```ts
 * const output = await savePayload(payloads, key, value); // { json } up to 48 KiB, else { key, bytes, sha256 }
 * const value = await loadPayload(payloads, output);
 * ```
 */
export const PayloadRef = z.union([
  z.object({ json: z.string() }),
  z.object({ key: z.string(), bytes: z.int().nonnegative(), sha256: z.string() }),
]);

export type PayloadRef = z.infer<typeof PayloadRef>;

/** Size of a payload as JSON, in bytes. */
export const payloadBytes = (ref: PayloadRef): number => ("json" in ref ? Buffer.byteLength(ref.json) : ref.bytes);
