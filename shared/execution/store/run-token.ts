import { GetCommand, PutCommand } from "@aws-sdk/lib-dynamodb";
import { LRUCache } from "lru-cache";
import { EXECUTION_LIMITS } from "../limits.ts";
import type { RunRef } from "../messages.ts";
import type { Tokens } from "../runtime/runtime.ts";
import type { ExecutionStore } from "./execution-store.ts";
import { runKey } from "./keys.ts";
import type { Heard, MachineTokens } from "./tokens.ts";

/**
 * The token of a graph run. Step Functions' tokens are long, and all tasks of such a run share one: it lies in a row of
 * its own, and rows and messages of tasks carry its name, which keeps a task's row below a kilobyte.
 */

type Run = Pick<RunRef, "tenant" | "execution" | "run">;

/** Tokens of Step Functions are base64, which has no such letter. */
const PREFIX = "run:";

const nameOf = ({ tenant, execution, run }: Run): string => PREFIX + JSON.stringify([tenant, execution, run]);

/**
 * The token that a message of a run is to carry. A graph run's is known by the run: the name that came with the message may
 * stand in a row that settled in an earlier run, whose token nobody waits on any more.
 */
export const tokenOfRun = (run: Run, token: string): string => (token.startsWith(PREFIX) ? nameOf(run) : token);

/**
 * Answers tokens, those of graph runs by their names. A name without a token is as late as a token nobody waits on.
 *
 * A token that this function kept or read before is answered without a look at its row. Where nobody waits on it any
 * more, the row is asked for a newer one: a machine that was redriven waits on that.
 */
export function namedTokens(store: () => ExecutionStore, tokens: MachineTokens): Tokens {
  const known = new LRUCache<string, string>({ max: EXECUTION_LIMITS.cachedRunTokens });
  const answer = async (name: string, act: (token: string) => Promise<Heard>): Promise<void> => {
    const remembered = name.startsWith(PREFIX) ? known.get(name) : name;
    if (remembered !== undefined && ((await act(remembered)) === "heard" || remembered === name)) return;
    const token = await loadRunToken(store(), name);
    if (token === undefined || token === remembered) return;
    known.set(name, token);
    await act(token);
  };
  return {
    keep: async (run, token) => {
      await saveRunToken(store(), run, token);
      known.set(nameOf(run), token);
      return nameOf(run);
    },
    succeed: (name) => answer(name, (token) => tokens.succeed(token)),
    fail: (name, failure) => answer(name, (token) => tokens.fail(token, failure)),
  };
}

async function saveRunToken({ db, table }: ExecutionStore, run: Run, token: string): Promise<void> {
  await db.send(new PutCommand({ TableName: table, Item: { ...runKey(run.tenant, run.execution, run.run), token } }));
}

async function loadRunToken({ db, table }: ExecutionStore, name: string): Promise<string | undefined> {
  const parts: unknown = JSON.parse(name.slice(PREFIX.length));
  const [tenant, execution, run] = Array.isArray(parts) ? parts : [];
  const Key = { ...runKey(String(tenant), String(execution), Number(run)) };
  const { Item } = await db.send(new GetCommand({ TableName: table, Key, ConsistentRead: true }));
  const token: unknown = Item?.["token"];
  return typeof token === "string" ? token : undefined;
}
