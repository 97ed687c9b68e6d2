import path from "node:path";
import { fileURLToPath } from "node:url";

const HERE = fileURLToPath(new URL(".", import.meta.url));
/** Environments and logs; git does not see it. */
export const WORK_DIR = path.join(HERE, "../../.local/agents");

/** Cases that every agent is put to, in the order of the table. */
export const CASES = [
  "text",
  "data",
  "file",
  "chunks",
  "stream",
  "push",
  "poll",
  "question and answer",
  "failed",
  "rejected",
  "auth required",
  "cancel",
  "blocking 45 s",
] as const;
export type Case = (typeof CASES)[number];

/** A server that we did not write, and how its agents are started. */
export interface Stack {
  readonly id: string;
  /** As the table names it. */
  readonly name: string;
  /** Names its file of requirements, and its environment. */
  readonly environment: string;
  readonly command: readonly [script: string, ...args: string[]];
  /** What it cannot do at all, and why. */
  readonly lacks?: Partial<Record<Case, string>>;
}

const python = (id: string, name: string, { environment, command, lacks }: Omit<Stack, "id" | "name">): Stack => ({
  id,
  name,
  environment,
  command,
  ...(lacks === undefined ? {} : { lacks }),
});

/** The stacks under test. */
export const STACKS: readonly Stack[] = [
  python("py13", "a2a-sdk 1.3.0", { environment: "a2a-sdk-1.3", command: ["sdk_1x.py"] }),
  python("py13-rest", "a2a-sdk 1.3.0, HTTP+JSON", { environment: "a2a-sdk-1.3", command: ["sdk_1x.py", "rest"] }),
  python("py03", "a2a-sdk 0.3.26", { environment: "a2a-sdk-0.3", command: ["sdk_0x.py"] }),
  python("py02", "a2a-sdk 0.2.16", { environment: "a2a-sdk-0.2", command: ["sdk_0x.py"] }),
];

/** Where an environment lies once it is installed. */
export const homeOf = ({ environment }: Stack): string => path.join(WORK_DIR, environment);

/** The pinned packages of an environment. */
export const requirementsOf = ({ environment }: Stack): string => path.join(HERE, "requirements", `${environment}.txt`);

/** Where the agents' programs lie. */
export const SERVERS = path.join(HERE, "servers");
