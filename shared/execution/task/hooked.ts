import * as z from "zod";
import { Failure } from "../../core/failure.ts";
import { PayloadRef } from "../payload.ts";

/** What the hooks of an attempt changed before it began. */
export const Hooked = z.object({
  /** The attempt that they ran for. */
  attempt: z.int().positive(),
  agentId: z.string().optional(),
  /** Laid over its input. */
  input: z.record(z.string(), z.unknown()).optional(),
  labels: z.record(z.string(), z.string()).optional(),
  /** In place of what an agent would make. */
  output: PayloadRef.optional(),
  /** Why it must not begin. */
  failure: Failure.optional(),
});
export type Hooked = z.infer<typeof Hooked>;
