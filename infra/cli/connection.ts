import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import * as z from "zod";
import type { Connection } from "./client/api-client.ts";
import { UserError } from "./failures.ts";

/** What was said about the connection, strongest first: options, environment, the file that `npm start` writes. */
export interface ConnectionHints {
  readonly url: string | undefined;
  readonly token: string | undefined;
  readonly env: NodeJS.ProcessEnv;
  /** Folders that may hold `.local/connection.json`. */
  readonly folders: readonly string[];
}

const ConnectionFile = z.object({ url: z.url(), token: z.string().min(1) });

/**
 * Decides which API to talk to and as whom.
 *
 * @throws {UserError} nothing says so, or what says so cannot be read.
 */
export function resolveConnection({ url, token, env, folders }: ConnectionHints): Connection {
  const given = { url: url ?? nonEmpty(env["A2A_URL"]), token: token ?? nonEmpty(env["A2A_TOKEN"]) };
  // A token kept for one URL is not shown to another.
  const file = given.url === undefined || given.token === undefined ? readFile(folders) : undefined;
  const known = file !== undefined && (given.url === undefined || sameUrl(given.url, file.url)) ? file : undefined;
  const found = { url: given.url ?? known?.url, token: given.token ?? known?.token };
  if (found.url === undefined) throw unknownConnection("which API to talk to", "--url or A2A_URL");
  if (found.token === undefined) throw unknownConnection("the token to show", "--token or A2A_TOKEN");
  if (!/^https?:$/.test(protocolOf(found.url))) throw new UserError([`a2a: '${found.url}' is not an http(s) URL`]);
  return { url: found.url, token: found.token };
}

function readFile(folders: readonly string[]): Connection | undefined {
  const file = folders.map((folder) => path.join(folder, ".local", "connection.json")).find(existsSync);
  if (file === undefined) return undefined;
  try {
    return ConnectionFile.parse(JSON.parse(readFileSync(file, "utf8")));
  } catch (error) {
    throw new UserError([`a2a: ${file} cannot be used — start the orchestrator again with \`npm start\``], {
      cause: error,
    });
  }
}

const unknownConnection = (what: string, how: string): UserError =>
  new UserError([`a2a: nothing says ${what} — start the orchestrator with \`npm start\`, or give ${how}`]);

const nonEmpty = (text: string | undefined): string | undefined => (text === "" ? undefined : text);
const sameUrl = (a: string, b: string): boolean => a.replace(/\/+$/, "") === b.replace(/\/+$/, "");

function protocolOf(url: string): string {
  return URL.canParse(url) ? new URL(url).protocol : "";
}
