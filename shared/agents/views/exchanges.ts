import * as z from "zod";

const Headers = z.record(z.string(), z.string());

/** One HTTP exchange with an agent; headers, query values and whatever else may be a secret are hidden. */
export const AgentExchange = z
  .object({
    at: z.iso.datetime(),
    duration_ms: z.number(),
    request: z.object({ method: z.string(), url: z.string(), headers: Headers, body: z.string().optional() }),
    reply: z
      .object({
        status: z.int(),
        headers: Headers,
        body: z.string(),
        /** Of a stream: how many milliseconds after the beginning each of its events had come. */
        events_ms: z.array(z.number()).optional(),
      })
      .optional(),
    /** Why there was no whole reply. */
    failure: z.string().optional(),
  })
  .meta({ id: "AgentExchange" });
/** As the API prints it. */
export type AgentExchange = z.infer<typeof AgentExchange>;
