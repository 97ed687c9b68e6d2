import { fileURLToPath } from "node:url";
import type { Program } from "./program.ts";

const SERVERS = fileURLToPath(new URL("servers", import.meta.url));

/** Cases that every agent is put to, in the order of the table. */
export const CASES = [
  "text",
  "data",
  "file",
  "chunks",
  "stream",
  "push",
  "poll",
  "answer in status",
  "answer in history",
  "no answer",
  "question and answer",
  "failed",
  "rejected",
  "auth required",
  "cancel",
  "blocking 45 s",
] as const;
export type Case = (typeof CASES)[number];

/** A server that we did not write, and how its agents are started. */
export interface Stack extends Program {
  /** Its agents: where each lies, and what its registration says beside that. @default `OWN_AGENTS` */
  readonly agents?: Partial<Record<AgentName, Registered>>;
  /** What it cannot do at all, and why. */
  readonly lacks?: Partial<Record<Case, string>>;
}

/** Kinds of agents: `stream` is registered as one that blocks, so that it is sent to as a stream. */
export type AgentName = "push" | "poll" | "stream";

interface Registered {
  readonly path: string;
  readonly message_parts?: "text";
  readonly blocking?: true;
}

/** The agents of a bare SDK, each with a card of its own. */
export const OWN_AGENTS = {
  push: { path: "/push/" },
  poll: { path: "/poll/" },
  stream: { path: "/stream/", blocking: true },
} as const satisfies Stack["agents"];

/** What a framework's agent cannot do: a model reads words and writes words. */
const MODEL_LACKS = {
  data: "its model reads words alone",
  file: "its model writes words alone",
  "question and answer": "the framework ends a task with the model's answer",
  rejected: "the framework ends a task with the model's answer",
  "auth required": "the framework ends a task with the model's answer",
  push: "its card offers no push",
  "answer in status": "the framework makes an artifact of the model's answer",
  "answer in history": "the framework makes an artifact of the model's answer",
} as const;

const python = (id: string, name: string, more: Omit<Stack, "id" | "name" | "language" | "folder">): Stack => ({
  id,
  name,
  language: "python",
  folder: SERVERS,
  ...more,
});

/** The stacks under test. */
export const STACKS: readonly Stack[] = [
  python("py13", "a2a-sdk 1.3.0", { environment: "a2a-sdk-1.3", command: ["sdk_1x.py"] }),
  python("py13-rest", "a2a-sdk 1.3.0, HTTP+JSON", { environment: "a2a-sdk-1.3", command: ["sdk_1x.py", "rest"] }),
  python("py03", "a2a-sdk 0.3.26", { environment: "a2a-sdk-0.3", command: ["sdk_0x.py"] }),
  python("py02", "a2a-sdk 0.2.16", { environment: "a2a-sdk-0.2", command: ["sdk_0x.py"] }),
  { id: "go03", name: "a2a-go 0.3.3", language: "go", folder: SERVERS, environment: "go", command: ["go"] },
  python("pydantic", "pydantic-ai 2.68.0, fasta2a 2.1.1", {
    environment: "pydantic-ai",
    command: ["pydantic_agent.py"],
    // Its card says JSON, and its bridge refuses it.
    agents: { poll: { path: "/", message_parts: "text" }, stream: { path: "/", message_parts: "text", blocking: true } },
    lacks: {
      ...MODEL_LACKS,
      chunks: "its fake model answers in one piece",
      "no answer": "the framework itself calls such a task failed",
      cancel: "its worker does one thing at a time: a cancel waits behind the work",
    },
  }),
  python("adk", "google-adk 2.13.0", {
    environment: "google-adk",
    command: ["adk_agent.py"],
    agents: { poll: { path: "/" }, stream: { path: "/", blocking: true } },
    lacks: { ...MODEL_LACKS, chunks: "its fake model answers in one piece" },
  }),
  python("strands", "strands-agents 1.62.0", {
    environment: "strands",
    command: ["strands_agent.py"],
    agents: { poll: { path: "/" }, stream: { path: "/", blocking: true } },
    lacks: { ...MODEL_LACKS, chunks: "its fake model answers in one piece" },
  }),
];
