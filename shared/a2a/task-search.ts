import * as z from "zod";

import { A2A_LIMITS } from "./limits.ts";
import type { AgentEndpoint } from "./agent-routes.ts";
import { AgentRefusedError, INVALID_RESULT } from "./errors.ts";
import type { RpcCaller } from "./rpc-caller.ts";
import { callError, RPC_CODES } from "./rpc-reply.ts";
import { WireTask, type TaskSnapshot } from "./task-snapshot.ts";

/** The message whose task is looked for. */
export interface TaskQuery {
  readonly contextId: string;
  readonly messageId: string;
  /** For each page. @default 20 s */
  readonly timeoutMs?: number;
}

const TaskPage = z.object({ tasks: z.array(WireTask).nullish(), nextPageToken: z.string().nullish() });
const CANNOT_LIST: ReadonlySet<string> = new Set([
  String(RPC_CODES.methodNotFound),
  String(RPC_CODES.unsupportedOperation),
]);

/**
 * Looks through the tasks of a context for the one whose history holds the message.
 *
 * `"not-found"` proves that the agent did not take the message only if it keeps history; agents that return none are
 * `"unsupported"`, like agents before 1.0. Reads at most ten pages of a hundred tasks.
 *
 * @throws {AgentUnavailableError | AgentRefusedError} as every reading call.
 */
export async function findTask(
  caller: RpcCaller,
  agent: AgentEndpoint,
  query: TaskQuery,
): Promise<TaskSnapshot | "not-found" | "unsupported"> {
  const { dialect } = await caller.routes.find(agent);
  if (dialect.listMethod === undefined) return "unsupported";
  let pageToken = "";
  let blind = false;
  for (let page = 0; page < A2A_LIMITS.listPages; page += 1) {
    const found = await loadPage(caller, agent, { ...query, pageToken });
    if (found === "unsupported") return found;
    const task = found.tasks?.find(({ messageIds }) => messageIds.includes(query.messageId));
    if (task !== undefined) return task;
    blind ||= found.tasks?.some(({ messageIds }) => messageIds.length === 0) ?? false;
    pageToken = found.nextPageToken ?? "";
    if (pageToken === "") return blind ? "unsupported" : "not-found";
  }
  return "unsupported";
}

async function loadPage(
  caller: RpcCaller,
  agent: AgentEndpoint,
  query: TaskQuery & { readonly pageToken: string },
): Promise<z.infer<typeof TaskPage> | "unsupported"> {
  const { contextId, pageToken, timeoutMs } = query;
  const reply = await caller.call(agent, {
    method: ({ dialect }) => dialect.listMethod ?? "ListTasks",
    params: () => ({
      contextId,
      pageSize: A2A_LIMITS.tasksPerPage,
      includeArtifacts: true,
      ...(pageToken === "" ? {} : { pageToken }),
    }),
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
  });
  if (reply.kind === "refused" && CANNOT_LIST.has(reply.code)) return "unsupported";
  if (reply.kind !== "result") throw callError(agent.agentId, reply);
  const page = TaskPage.safeParse(reply.result);
  if (!page.success) throw new AgentRefusedError(agent.agentId, INVALID_RESULT, "the result is no list of tasks");
  return page.data;
}
