import { payloadBytes, type PayloadRef } from "../payload.ts";

/** Where an output lies, as events say it. */
export interface PayloadFact {
  readonly result?: { bytes: number; key?: string };
}

/** Says where an output lies, never what it is. */
export const resultFact = (output: PayloadRef | undefined): PayloadFact =>
  output === undefined ? {} : { result: { bytes: payloadBytes(output), ...("key" in output ? { key: output.key } : {}) } };

/** Seconds from one ISO 8601 time to another, not below 0. */
export const secondsBetween = (from: string, to: string): number => Math.max(0, (Date.parse(to) - Date.parse(from)) / 1000);
