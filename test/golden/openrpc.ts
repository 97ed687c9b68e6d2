import { writeFileSync } from "node:fs";
import path from "node:path";
import { METHODS } from "../../functions/orchestrator-api/rpc/method-table.ts";
import { describeMethods } from "../../functions/orchestrator-api/rpc/openrpc.ts";

/** The committed OpenRPC document. */
export const OPENRPC_FILE = path.resolve(import.meta.dirname, "../../functions/orchestrator-api/openrpc.json");

/** The document as it is committed: a line for each method and each schema, so that a change shows where it is. */
export async function openRpcText(): Promise<string> {
  const { methods, components, ...head } = await describeMethods(METHODS);
  const lines = (value: unknown, [open, close]: string): string =>
    `${open}\n${(typeof value === "object" && value !== null ? Object.entries(value) : [])
      .map(([key, each]) => `${open === "[" ? "" : `${JSON.stringify(key)}: `}${JSON.stringify(each)}`)
      .join(",\n")}\n${close}`;
  const schemas = typeof components === "object" && components !== null ? Reflect.get(components, "schemas") : {};
  return `{
"openrpc": ${JSON.stringify(head["openrpc"])},
"info": ${JSON.stringify(head["info"])},
"methods": ${lines(methods, "[]")},
"components": {"schemas": ${lines(schemas, "{}")}}
}
`;
}

if (import.meta.main) writeFileSync(OPENRPC_FILE, await openRpcText());
