import type { Command } from "commander";
import * as z from "zod";
import { callApi } from "../client/api-client.ts";
import { ApiProblem } from "../client/api-errors.ts";
import { Problem } from "../../../shared/core/problem.ts";
import { parseJson, type Session } from "../session.ts";

const Reply = z.union([
  z.object({ error: z.object({ code: z.int(), message: z.string(), data: Problem.optional() }) }),
  z.object({ result: z.unknown() }),
]);

/** `rpc`: one call of JSON-RPC. */
export function addRpcCommand(program: Command, session: Session): void {
  program
    .command("rpc")
    .description("make one JSON-RPC call (spec 004); `a2a rpc rpc.discover` lists the methods")
    .argument("<method>", "such as workflow.status")
    .argument("[params]", "JSON object", "{}")
    .action((method: string, params: string) => call(session, method, parseJson(params, "the parameters")));
}

async function call(session: Session, method: string, params: unknown): Promise<void> {
  const body = { jsonrpc: "2.0", id: 1, method, params };
  const reply = await callApi(session.connection(), { method: "POST", path: "/rpc", body }, Reply);
  if ("error" in reply) throw refusalOf(reply.error);
  session.print(JSON.stringify(reply.result, null, 2));
}

/** What JSON-RPC itself refuses is the caller's to correct, as a bad request is. */
function refusalOf({ code, message, data }: { code: number; message: string; data?: Problem | undefined }): ApiProblem {
  const flaws = (data?.errors ?? []).map(({ field, path, ...flaw }) => ({ ...flaw, place: field ?? path ?? "" }));
  return new ApiProblem({ status: data?.status ?? 400, title: `refused with ${code}`, detail: message, flaws });
}
