import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import * as z from "zod";
import type { Connection } from "./client/api-client.ts";
import { UserError } from "./failures.ts";
import { profileNamed, readProfiles } from "./profiles.ts";

/** What was said about the connection, strongest first: options, environment, what lies about. */
export interface ConnectionHints {
  readonly url: string | undefined;
  readonly token: string | undefined;
  readonly profile: string | undefined;
  readonly env: NodeJS.ProcessEnv;
  /** Folders that may hold `.local/connection.json`: where the command runs, and where it lies. */
  readonly folders: readonly string[];
}

/** A connection, and in words who said so. */
export interface FoundConnection extends Connection {
  readonly source: string;
}

const ConnectionFile = z.object({ url: z.url(), token: z.string().min(1) });

/**
 * Decides which API to talk to and as whom:
 *
 * 1. `--url` and `--token`; 2. the profile that `--profile` names; 3. `A2A_URL` and `A2A_TOKEN`; 4. the profile that
 * `A2A_PROFILE` names; 5. the file that `npm start` leaves in the folder of the command; 6. the profile in use; 7. that
 * file in the folder of this project.
 *
 * @throws {UserError} nothing says so, or what says so cannot be read.
 */
export function resolveConnection(hints: ConnectionHints): FoundConnection {
  const { url, token, profile, env } = hints;
  const isNamed = profile !== undefined;
  const given = {
    url: url ?? (isNamed ? undefined : nonEmpty(env["A2A_URL"])),
    token: token ?? (isNamed ? undefined : nonEmpty(env["A2A_TOKEN"])),
  };
  const kept = given.url === undefined || given.token === undefined ? keptConnection(hints) : undefined;
  // A token kept for one URL is not shown to another.
  const known = kept !== undefined && (given.url === undefined || sameUrl(given.url, kept.url)) ? kept : undefined;
  const found = { url: given.url ?? known?.url, token: given.token ?? known?.token };
  if (found.url === undefined) throw unknownConnection("which API to talk to", "--url or A2A_URL");
  if (found.token === undefined) throw unknownConnection("the token to show", "--token or A2A_TOKEN");
  if (!/^https?:$/.test(protocolOf(found.url))) throw new UserError([`a2a: '${found.url}' is not an http(s) URL`]);
  return { url: found.url, token: found.token, source: known?.source ?? "options and environment" };
}

function keptConnection({ profile, env, folders: [here, ...elsewhere] }: ConnectionHints): FoundConnection | undefined {
  const named = profile ?? nonEmpty(env["A2A_PROFILE"]);
  if (named !== undefined) return ofProfile(env, named);
  const near = here === undefined ? undefined : readFile(here);
  if (near !== undefined) return near;
  const { current } = readProfiles(env);
  if (current !== undefined) return ofProfile(env, current);
  for (const folder of elsewhere) {
    const found = readFile(folder);
    if (found !== undefined) return found;
  }
  return undefined;
}

const ofProfile = (env: NodeJS.ProcessEnv, name: string): FoundConnection => ({
  ...profileNamed(readProfiles(env), name),
  source: `profile ${name}`,
});

function readFile(folder: string): FoundConnection | undefined {
  const file = path.join(folder, ".local", "connection.json");
  if (!existsSync(file)) return undefined;
  try {
    return { ...ConnectionFile.parse(JSON.parse(readFileSync(file, "utf8"))), source: file };
  } catch (error) {
    throw new UserError([`a2a: ${file} cannot be used — start the orchestrator again with \`npm start\``], {
      cause: error,
    });
  }
}

const unknownConnection = (what: string, how: string): UserError =>
  new UserError([
    `a2a: nothing says ${what} — start the orchestrator with \`npm start\`, log in with \`a2a login URL\`, or give ${how}`,
  ]);

const nonEmpty = (text: string | undefined): string | undefined => (text === "" ? undefined : text);
const sameUrl = (a: string, b: string): boolean => a.replace(/\/+$/, "") === b.replace(/\/+$/, "");

function protocolOf(url: string): string {
  return URL.canParse(url) ? new URL(url).protocol : "";
}
