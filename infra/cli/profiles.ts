import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import path from "node:path";
import * as z from "zod";
import { UserError } from "./failures.ts";

/** Letters that need no quotes in a shell. */
export const ProfileName = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/);

const Profile = z.object({ url: z.url({ protocol: /^https?$/ }), token: z.string().min(1) });

/** A deployment and who we are there. */
export type Profile = z.infer<typeof Profile>;

const Profiles = z.object({
  /** The one that counts where nothing else is said. */
  current: ProfileName.optional(),
  profiles: z.record(ProfileName, Profile),
});

/** What `a2a login` remembered. */
export type Profiles = z.infer<typeof Profiles>;

/** Where profiles lie: `A2A_PROFILES`, or the user's configuration as the XDG Base Directory Specification has it. */
export function profilesFile(env: NodeJS.ProcessEnv): string {
  const own = env["A2A_PROFILES"] ?? "";
  if (own !== "") return own;
  const configured = env["XDG_CONFIG_HOME"] ?? "";
  const home = env["HOME"] ?? homedir();
  return path.join(path.isAbsolute(configured) ? configured : path.join(home, ".config"), "a2a", "profiles.json");
}

/** @throws {UserError} there is a file, and it is none of profiles. */
export function readProfiles(env: NodeJS.ProcessEnv): Profiles {
  const file = profilesFile(env);
  if (!existsSync(file)) return { profiles: {} };
  try {
    return Profiles.parse(JSON.parse(readFileSync(file, "utf8")));
  } catch (error) {
    throw new UserError([`a2a: ${file} cannot be used — correct it, or remove it and log in again: a2a login URL`], {
      cause: error,
    });
  }
}

/** Keeps profiles, readable by their owner only: they hold tokens. @throws {UserError} they cannot be written. */
export function saveProfiles(env: NodeJS.ProcessEnv, profiles: Profiles): void {
  const file = profilesFile(env);
  const draft = `${file}.${process.pid}`;
  try {
    mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
    writeFileSync(draft, `${JSON.stringify(profiles, null, 2)}\n`, { mode: 0o600 });
    // Renaming, so that no reader finds half a file.
    renameSync(draft, file);
  } catch (error) {
    throw new UserError([`a2a: ${file} cannot be written — say where profiles may lie by A2A_PROFILES`], {
      cause: error,
    });
  }
}

/** @throws {UserError} there is none of that name. */
export function profileNamed({ profiles }: Profiles, name: string): Profile {
  const found = Object.hasOwn(profiles, name) ? profiles[name] : undefined;
  if (found !== undefined) return found;
  const known = Object.keys(profiles).join(", ");
  throw new UserError([
    `a2a: there is no profile '${name}' — ${known === "" ? "log in first: a2a login URL" : `known are ${known}`}`,
  ]);
}

const Claims = z.object({ exp: z.number().optional() });

/** When a token ends, as it says itself; nothing for one that is no JWT or does not say. Proves nothing. */
export function endOfToken(token: string): Date | undefined {
  try {
    const { exp } = Claims.parse(JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString()));
    return exp === undefined ? undefined : new Date(exp * 1000);
  } catch {
    return undefined;
  }
}
