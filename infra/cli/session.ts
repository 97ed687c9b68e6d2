import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { type FoundConnection, resolveConnection } from "./connection.ts";
import { UserError } from "./failures.ts";
import { type Output, type Paint, paintFor } from "./view/paint.ts";

/** The world around the command. */
export interface World {
  readonly stdout: Output;
  readonly stderr: Output;
  readonly readStdin: () => string;
  readonly env: NodeJS.ProcessEnv;
  readonly cwd: string;
  readonly signal: AbortSignal;
}

/** Options that every command has. */
export interface ConnectionOptions {
  readonly url?: string | undefined;
  readonly token?: string | undefined;
  readonly profile?: string | undefined;
}

/** What every command gets. */
export interface Session {
  readonly world: World;
  readonly paint: Paint;
  readonly print: (...lines: readonly string[]) => void;
  /** For people only: leaves standard output to programs. */
  readonly remark: (...lines: readonly string[]) => void;
  /** What was said before the command's name. */
  readonly options: () => ConnectionOptions;
  /** @throws {UserError} nothing says where the API is. */
  readonly connection: () => FoundConnection;
}

const PROJECT = fileURLToPath(new URL("../..", import.meta.url));

/** @param options given on the command line; read when a command needs the connection. */
export function openSession(world: World, options: () => ConnectionOptions): Session {
  const writer =
    (output: Output) =>
    (...lines: readonly string[]): void => {
      for (const line of lines) output.write(`${line}\n`);
    };
  return {
    world,
    paint: paintFor(world.stdout, world.env),
    print: writer(world.stdout),
    remark: writer(world.stderr),
    options,
    connection: () => {
      const { url, token, profile } = options();
      return resolveConnection({ url, token, profile, env: world.env, folders: [world.cwd, PROJECT] });
    },
  };
}

/**
 * Reads a text file, or standard input for `-`.
 *
 * @throws {UserError} it cannot be read.
 */
export function readText({ world }: Session, file: string): string {
  if (file === "-") return world.readStdin();
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    const reason = existsSync(file) ? "cannot be read: is it a folder, or not yours?" : "does not exist";
    throw new UserError([`a2a: ${file} ${reason}`], { cause: error });
  }
}

/** @throws {UserError} the text is not JSON. */
export function parseJson(text: string, source: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new UserError([`a2a: ${source} is not JSON: ${reason}`], { cause: error });
  }
}
