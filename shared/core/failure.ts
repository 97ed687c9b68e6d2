import * as z from "zod";

/** Why a task or an execution failed. `message` holds no payload. */
export const Failure = z.object({ code: z.string(), message: z.string() });
export type Failure = z.infer<typeof Failure>;
