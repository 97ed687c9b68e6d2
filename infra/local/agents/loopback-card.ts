/** A path whose agent takes a plain send for a mistake. */
export const STREAM_ONLY = "/stream-only/";
/** A path whose agent takes a repeated message for a new one. */
export const LITERAL = "/literal/";

/** The card of the agent at a path. */
export function cardFor(origin: string, path: string): object {
  return {
    name: "loopback",
    description: "Echoes, and misbehaves on request.",
    version: "1.0.0",
    supportedInterfaces: [{ url: `${origin}${path}`, protocolBinding: "JSONRPC", protocolVersion: "1.0" }],
    capabilities: {
      streaming: path === STREAM_ONLY,
      pushNotifications: true,
      extensions: path === LITERAL ? [] : [{ uri: "https://a2a-orchestrator.dev/extensions/idempotent-messages/v1" }],
    },
    defaultInputModes: ["application/json"],
    defaultOutputModes: ["application/json"],
    skills: [{ id: "echo", name: "Echo", description: "Returns its input.", tags: ["test"] }],
  };
}
