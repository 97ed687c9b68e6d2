import { renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Connection } from "../../cli/client/api-client.ts";

/**
 * Leaves the connection where the `a2a` command looks for it. Readable by its owner only: it holds a token.
 *
 * @returns the file.
 */
export function saveConnection(stateDir: string, connection: Connection & { readonly websocket_url: string; readonly aws_endpoint: string }): string {
  const file = join(stateDir, "connection.json");
  const draft = `${file}.${process.pid}`;
  writeFileSync(draft, `${JSON.stringify(connection, null, 2)}\n`, { mode: 0o600 });
  // Renaming, so that nobody reads half a file.
  renameSync(draft, file);
  return file;
}
