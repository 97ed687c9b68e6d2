import { fileURLToPath } from "node:url";
import type { Program } from "./program.ts";

const CLIENTS = fileURLToPath(new URL("clients", import.meta.url));

/** What every client is put to, in the order of the table. */
export const FEATURES = [
  "card",
  "extended card",
  "send",
  "send, answered at once",
  "send, answered after 8 s",
  "get, with history",
  "stream",
  "quiet stream",
  "list",
  "cancel",
  "question and answer",
  "push, asked for with the message",
  "push, asked for later",
  "push configuration, read",
  "push configurations, listed and deleted",
  "errors",
  "stream over kill -9",
  "subscription over kill -9, graph runner",
] as const;
export type Feature = (typeof FEATURES)[number];

/** A client of an SDK that we did not write. */
export interface ClientStack extends Program {
  /** What it throws for a task that is not there, and for one that cannot be cancelled. */
  readonly errors: { readonly unknown: string; readonly over: string };
  /** What it cannot do at all, and why. */
  readonly lacks?: Partial<Record<Feature, string>>;
}

/** Of its first client, which knows no factory yet. */
const FIRST_LACKS = {
  "extended card": "its client does not ask for it",
  "stream over kill -9": "its client cannot subscribe",
  "subscription over kill -9, graph runner": "its client cannot subscribe",
};
const NO_CONFIGS = { "push configurations, listed and deleted": "its client does neither" };
const NO_LIST = { list: "0.3 lists tasks over gRPC and HTTP+JSON alone" };
/** It is of a draft: 1.0 puts a list into an object, and an object into a list. */
const GO_LACKS = {
  "extended card": "it takes a plain list for the scopes of `securityRequirements`, where 1.0 has an object",
  "push configuration, read": "it looks for `config`, where 1.0 has the configuration itself",
  "push configurations, listed and deleted": "it takes a list for the answer, where 1.0 has an object",
  errors: "it takes an object for `error.data`, where 1.0 has a list: the call fails, but it cannot say why",
};
const PROPER = { unknown: "TaskNotFoundError", over: "TaskNotCancelableError" };
const JSON_RPC = { unknown: "JsonRpcTaskNotFoundError", over: "JsonRpcTaskNotCancelableError" };
const LEGACY_JSON_RPC = { unknown: "TaskNotFoundJSONRPCError", over: "TaskNotCancelableJSONRPCError" };
const BY_CODE = { unknown: "A2AClientJSONRPCError -32001", over: "A2AClientJSONRPCError -32002" };
const GO = { unknown: "ErrTaskNotFound", over: "ErrTaskNotCancelable" };

/** The clients under test. */
export const CLIENT_STACKS: readonly ClientStack[] = [
  {
    id: "client-py13",
    name: "a2a-sdk 1.3.0",
    language: "python",
    environment: "a2a-sdk-1.3",
    command: ["sdk_1x.py"],
    folder: CLIENTS,
    errors: PROPER,
  },
  {
    id: "client-py13-rest",
    name: "a2a-sdk 1.3.0, HTTP+JSON",
    language: "python",
    environment: "a2a-sdk-1.3",
    command: ["sdk_1x.py", "rest"],
    folder: CLIENTS,
    errors: PROPER,
  },
  {
    id: "client-py03",
    name: "a2a-sdk 0.3.26",
    language: "python",
    environment: "a2a-sdk-0.3",
    command: ["sdk_0x.py"],
    folder: CLIENTS,
    errors: BY_CODE,
    lacks: { ...NO_LIST, ...NO_CONFIGS },
  },
  {
    id: "client-py02",
    name: "a2a-sdk 0.2.16",
    language: "python",
    environment: "a2a-sdk-0.2",
    command: ["sdk_02.py"],
    folder: CLIENTS,
    errors: { unknown: "Refused -32001", over: "Refused -32002" },
    lacks: { ...NO_LIST, ...NO_CONFIGS, ...FIRST_LACKS },
  },
  {
    id: "client-go2",
    name: "a2a-go 2.2.0",
    language: "go",
    environment: "client-go-2",
    command: ["go-2"],
    folder: CLIENTS,
    errors: GO,
    lacks: GO_LACKS,
  },
  {
    id: "client-go03",
    name: "a2a-go 0.3.9",
    language: "go",
    environment: "client-go-0.3",
    command: ["go-0.3"],
    folder: CLIENTS,
    errors: GO,
    lacks: NO_LIST,
  },
  {
    id: "client-js13",
    name: "@a2a-js/sdk 1.3.0",
    language: "node",
    environment: "",
    command: ["sdk_1x.ts"],
    folder: CLIENTS,
    errors: JSON_RPC,
  },
  {
    id: "client-js03",
    name: "@a2a-js/sdk 0.3.14",
    language: "node",
    environment: "",
    command: ["sdk_0x.ts"],
    folder: CLIENTS,
    errors: LEGACY_JSON_RPC,
    lacks: NO_LIST,
  },
];
