/** A path whose agent takes a plain send for a mistake. */
export const STREAM_ONLY = "/stream-only/";
/** A path whose agent takes a repeated message for a new one. */
export const LITERAL = "/literal/";

/** A path whose agent pushes nothing and does not recognise repeats: what it answers, it answers in the response. */
export const BLOCKING = "/blocking/";
/** As `BLOCKING`, and it streams. */
export const BLOCKING_STREAM = "/blocking-stream/";
/** Every path that has an agent of its own. */
export const PATHS = [STREAM_ONLY, LITERAL, BLOCKING, BLOCKING_STREAM];
const BLOCKS: ReadonlySet<string> = new Set([BLOCKING, BLOCKING_STREAM]);

/** Whether the agent at a path takes a repeated message for a new one. */
export const isLiteral = (path: string): boolean => path === LITERAL || BLOCKS.has(path);

/** The card of the agent at a path. */
export function cardFor(origin: string, path: string): object {
  return {
    name: "loopback",
    description: "Echoes, and misbehaves on request.",
    version: "1.0.0",
    supportedInterfaces: [{ url: `${origin}${path}`, protocolBinding: "JSONRPC", protocolVersion: "1.0" }],
    capabilities: {
      streaming: path === STREAM_ONLY || path === BLOCKING_STREAM,
      pushNotifications: !BLOCKS.has(path),
      extensions: isLiteral(path) ? [] : [{ uri: "https://a2a-orchestrator.dev/extensions/idempotent-messages/v1" }],
    },
    defaultInputModes: ["application/json"],
    defaultOutputModes: ["application/json"],
    skills: [{ id: "echo", name: "Echo", description: "Returns its input.", tags: ["test"] }],
  };
}
