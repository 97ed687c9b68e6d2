import { GetCommand, PutCommand } from "@aws-sdk/lib-dynamodb";
import type { TenantId } from "../../core/ids.ts";
import type { Tokens } from "../runtime/runtime.ts";
import type { ExecutionStore } from "./execution-store.ts";
import { runKey } from "./keys.ts";

/**
 * The token of a graph run. Step Functions' tokens are long, and all tasks of such a run share one: it lies in a row of
 * its own, and rows and messages of tasks carry its name, which keeps a task's row below a kilobyte.
 */

interface Run {
  readonly tenant: TenantId;
  readonly execution: string;
  readonly run: number;
}

/** Tokens of Step Functions are base64, which has no such letter. */
const PREFIX = "run:";

const nameOf = ({ tenant, execution, run }: Run): string => PREFIX + JSON.stringify([tenant, execution, run]);

/** Keeps a run's token; a newer one takes its place. @returns its name. */
export async function saveRunToken({ db, table }: ExecutionStore, run: Run, token: string): Promise<string> {
  await db.send(new PutCommand({ TableName: table, Item: { ...runKey(run.tenant, run.execution, run.run), token } }));
  return nameOf(run);
}

/**
 * The token that a message of a run is to carry. A graph run's is known by the run: the name that came with the message may
 * stand in a row that settled in an earlier run, whose token nobody waits on any more.
 */
export const tokenOfRun = (run: Run, token: string): string => (token.startsWith(PREFIX) ? nameOf(run) : token);

/** Answers tokens, those of graph runs by their names. A name without a token is as late as a token nobody waits on. */
export function namedTokens(store: () => ExecutionStore, tokens: Tokens): Tokens {
  const find = async (token: string): Promise<string | undefined> => (token.startsWith(PREFIX) ? loadRunToken(store(), token) : token);
  return {
    succeed: async (name) => {
      const token = await find(name);
      if (token !== undefined) await tokens.succeed(token);
    },
    fail: async (name, failure) => {
      const token = await find(name);
      if (token !== undefined) await tokens.fail(token, failure);
    },
  };
}

async function loadRunToken({ db, table }: ExecutionStore, name: string): Promise<string | undefined> {
  const parts: unknown = JSON.parse(name.slice(PREFIX.length));
  const [tenant, execution, run] = Array.isArray(parts) ? parts : [];
  const Key = { ...runKey(String(tenant), String(execution), Number(run)) };
  const { Item } = await db.send(new GetCommand({ TableName: table, Key, ConsistentRead: true }));
  const token: unknown = Item?.["token"];
  return typeof token === "string" ? token : undefined;
}
