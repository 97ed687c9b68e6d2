import * as z from "zod";
import { Caller } from "../../shared/http/caller.ts";

/** Who opened a connection, as the authorizer found in the token, and what the request asked for. */
const Opener = Caller.and(
  z.object({
    /** Epoch seconds. */
    expires: z.coerce.number(),
    /** The request's query without the token. */
    asked: z.string(),
  }),
);
export type Opener = z.infer<typeof Opener>;

const Context = z.object({ connectionId: z.string(), requestId: z.string(), authorizer: Opener });

/** What API Gateway tells of a connection. */
export const SocketEvent = z.union([
  z.object({ requestContext: Context.extend({ eventType: z.enum(["CONNECT", "DISCONNECT"]) }) }),
  z.object({ requestContext: Context.extend({ eventType: z.literal("MESSAGE") }), body: z.string().default("") }),
]);
export type SocketEvent = z.infer<typeof SocketEvent>;
