import { GetCommand, PutCommand } from "@aws-sdk/lib-dynamodb";
import { LRUCache } from "lru-cache";
import { EXECUTION_LIMITS } from "../limits.ts";
import type { RunRef } from "../messages.ts";
import type { Tokens } from "../runtime/runtime.ts";
import { isRunToken, RUN_TOKEN_PREFIX, runTokenOf } from "../task/task-rules.ts";
import type { ExecutionStore } from "./execution-store.ts";
import { runKey } from "./keys.ts";
import type { Heard, MachineTokens } from "./tokens.ts";

/**
 * The token of a graph run. Step Functions' tokens are long, and all tasks of such a run share one: it lies in a row of
 * its own, and rows and messages of tasks carry its name, which keeps a task's row below a kilobyte.
 */

type Run = Pick<RunRef, "tenant" | "execution" | "run">;

/**
 * Answers tokens, those of graph runs by their names. A name without a token is as late as a token on which no machine waits.
 *
 * A token that this function kept or read before is answered without a look at its row. Where no machine waits on it any
 * more, the row is asked for a newer one: a machine that was redriven waits on that.
 */
export function namedTokens(store: () => ExecutionStore, tokens: MachineTokens): Tokens {
  // `max` would take memory for all of them at once.
  const known = new LRUCache<string, string>({ maxSize: EXECUTION_LIMITS.cachedRunTokens, sizeCalculation: () => 1 });
  const answer = async (name: string, act: (token: string) => Promise<Heard>): Promise<void> => {
    const remembered = isRunToken(name) ? known.get(name) : name;
    if (remembered !== undefined && ((await act(remembered)) === "heard" || remembered === name)) return;
    const token = await loadRunToken(store(), name);
    if (token === undefined || token === remembered) return;
    known.set(name, token);
    await act(token);
  };
  return {
    keep: async (run, token) => {
      await saveRunToken(store(), run, token);
      known.set(runTokenOf(run), token);
      return runTokenOf(run);
    },
    succeed: (name) => answer(name, (token) => tokens.succeed(token)),
    fail: (name, failure) => answer(name, (token) => tokens.fail(token, failure)),
  };
}

async function saveRunToken({ db, table }: ExecutionStore, run: Run, token: string): Promise<void> {
  await db.send(new PutCommand({ TableName: table, Item: { ...runKey(run.tenant, run.execution, run.run), token } }));
}

async function loadRunToken({ db, table }: ExecutionStore, name: string): Promise<string | undefined> {
  const parts: unknown = JSON.parse(name.slice(RUN_TOKEN_PREFIX.length));
  const [tenant, execution, run] = Array.isArray(parts) ? parts : [];
  const Key = { ...runKey(String(tenant), String(execution), Number(run)) };
  const { Item } = await db.send(new GetCommand({ TableName: table, Key, ConsistentRead: true }));
  const token: unknown = Item?.["token"];
  return typeof token === "string" ? token : undefined;
}
