import type { ChildProcess } from "node:child_process";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, openSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { delimiter, dirname, join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { killOrphan } from "../state/process-files.ts";
import { DynamoClient } from "./dynamo-client.ts";

/** No DynamoDB stand-in was found on this machine. */
export class DynamoUnavailableError extends Error {
  constructor() {
    super(
      "no DynamoDB: dynoxide ships for linux-x64 only. Put a `dynoxide` on the PATH, or set DYNOXIDE_BIN to its path",
    );
  }
}

/** The DynamoDB process and the file it keeps its data in. */
export interface Dynoxide {
  readonly endpoint: string;
  readonly databasePath: string;
  stop(): Promise<void>;
}

export interface DynoxideOptions {
  readonly directory: string;
  readonly port: number;
}

const READY_DEADLINE_MS = 10_000;

/** Starts dynoxide over the data in `directory`. @throws {DynamoUnavailableError} */
export async function startDynoxide({ directory, port }: DynoxideOptions): Promise<Dynoxide> {
  const binary = findBinary();
  const databasePath = join(directory, "dynamodb.sqlite");
  const pidFile = join(directory, "dynoxide.pid");
  await killOrphan(pidFile, "dynoxide");
  const run = (): Promise<ChildProcess> => launch(binary, { directory, port, databasePath, pidFile });
  if (!existsSync(databasePath)) await end(await run());
  prepareDatabase(databasePath);
  const child = await run();
  return { endpoint: `http://127.0.0.1:${port}`, databasePath, stop: () => end(child) };
}

function findBinary(): string {
  const fromEnvironment = process.env["DYNOXIDE_BIN"];
  if (fromEnvironment !== undefined) return fromEnvironment;
  try {
    return join(dirname(createRequire(import.meta.url).resolve("@dynoxide/linux-x64/package.json")), "dynoxide");
  } catch {
    // The optional dependency exists for one platform only.
  }
  const found = (process.env["PATH"] ?? "")
    .split(delimiter)
    .map((folder) => join(folder, "dynoxide"))
    .find(existsSync);
  if (found === undefined) throw new DynamoUnavailableError();
  return found;
}

interface Launch extends DynoxideOptions {
  readonly databasePath: string;
  readonly pidFile: string;
}

async function launch(binary: string, { directory, port, databasePath, pidFile }: Launch): Promise<ChildProcess> {
  const log = openSync(join(directory, "dynoxide.log"), "a");
  const options = ["serve", "--host", "127.0.0.1", "--port", String(port), "--db-path", databasePath];
  const child = spawn(binary, options, { stdio: ["ignore", log, log] });
  if (child.pid !== undefined) writeFileSync(pidFile, String(child.pid));
  const failed = once(child, "exit").then(([code]) => {
    throw new Error(`dynoxide ended with ${String(code)}; see ${join(directory, "dynoxide.log")}`);
  });
  await Promise.race([waitUntilReady(port), failed]);
  failed.catch(() => {});
  return child;
}

async function waitUntilReady(port: number): Promise<void> {
  const client = new DynamoClient(`http://127.0.0.1:${port}`);
  const deadline = Date.now() + READY_DEADLINE_MS;
  for (;;) {
    try {
      await client.call("ListTables", {});
      return client.close();
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await new Promise((done) => setTimeout(done, 5));
    }
  }
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, "exit");
  child.kill("SIGTERM");
  const timer = setTimeout(() => child.kill("SIGKILL"), 1000);
  await exited;
  clearTimeout(timer);
}

/**
 * While the server is down. Without the index each write to a table with a stream scans all its stream records.
 * Old records go, except the last of each table: it gives the next one its sequence number.
 */
function prepareDatabase(path: string): void {
  const database = new DatabaseSync(path);
  database.exec("PRAGMA busy_timeout = 5000");
  database.exec(`CREATE INDEX IF NOT EXISTS _stream_records_by_sequence
    ON _stream_records (table_name, CAST(sequence_number AS INTEGER))`);
  database.close();
}

/** Deletes stream records up to `id` that every consumer has read. Only while the server is down. */
export function trimStreams(path: string, id: number): void {
  if (!existsSync(path)) return;
  const database = new DatabaseSync(path);
  database
    .prepare(
      "DELETE FROM _stream_records WHERE id <= ? AND id NOT IN (SELECT max(id) FROM _stream_records GROUP BY table_name)",
    )
    .run(id);
  database.close();
}
