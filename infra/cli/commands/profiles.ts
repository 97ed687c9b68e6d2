import type { Command } from "commander";
import { CallerView } from "../../../shared/core/caller-view.ts";
import { callApi } from "../client/api-client.ts";
import { UserError } from "../failures.ts";
import { endOfToken, profileNamed, ProfileName, readProfiles, saveProfiles } from "../profiles.ts";
import type { Session } from "../session.ts";
import { tableLines } from "../view/table.ts";

/** `login`, `logout` and `profiles`. */
export function addProfileCommands(program: Command, session: Session): void {
  program
    .command("login")
    .description(
      "remember a deployment and a token for it, once the deployment takes it; the token comes by --token, A2A_TOKEN " +
        "or standard input",
    )
    .argument("<url>", "as `cdk deploy` prints it, stage included")
    .option("--name <name>", "name of the profile (default: the host of the URL)")
    .action((url: string, { name }: { name?: string }) => login(session, url, name));
  program
    .command("logout")
    .description("forget a profile and its token")
    .argument("[name]", "(default: the one in use)")
    .action((name: string | undefined) => logout(session, name));
  const profiles = program
    .command("profiles")
    .description("the deployments that are remembered; `*` marks the one in use")
    .option("--json", "as JSON, without tokens")
    .action(({ json }: { json?: true }) => list(session, json === true));
  profiles
    .command("use")
    .description("use this profile from now on, where nothing else is said")
    .argument("<name>")
    .action((name: string) => use(session, name));
}

async function login(session: Session, url: string, wanted: string | undefined): Promise<void> {
  const { env } = session.world;
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol)) {
    throw new UserError([`a2a: '${url}' is not an http(s) URL`]);
  }
  const name = ProfileName.safeParse(wanted ?? new URL(url).host.replaceAll(/[^A-Za-z0-9.-]/g, "-")).data;
  if (name === undefined) {
    throw new UserError([
      `a2a: '${wanted ?? ""}' is no name of a profile — letters, digits, '.', '_' and '-', 64 at most`,
    ]);
  }
  const token = tokenFor(session);
  const caller = await callApi({ url, token }, { path: "/api/v1/me" }, CallerView);
  const known = readProfiles(env);
  saveProfiles(env, { current: name, profiles: { ...known.profiles, [name]: { url, token } } });
  const ends = endOfToken(token);
  session.print(
    `${session.paint("green", "✓")} ${name}: ${caller.subject} of ${caller.tenant}, ${caller.roles.join(", ") || "no role"}` +
      (ends === undefined ? "" : `, until ${ends.toISOString()}`),
  );
}

function tokenFor({ world, options }: Session): string {
  const given = options().token ?? world.env["A2A_TOKEN"] ?? "";
  const token = given === "" ? world.readStdin().trim() : given;
  if (token === "" || /\s/.test(token)) {
    throw new UserError([
      "a2a: there is no token — give --token or A2A_TOKEN, or pipe it in: get-token | a2a login URL",
    ]);
  }
  return token;
}

function logout({ world: { env }, print }: Session, wanted: string | undefined): void {
  const known = readProfiles(env);
  const name = wanted ?? known.current;
  if (name === undefined) throw new UserError(["a2a: no profile is in use — name one: a2a logout NAME"]);
  profileNamed(known, name);
  const profiles = Object.fromEntries(Object.entries(known.profiles).filter(([one]) => one !== name));
  saveProfiles(env, { profiles, ...(known.current === name ? {} : { current: known.current }) });
  print(`${name} is forgotten; its token stays good until it ends`);
}

function use({ world: { env }, print }: Session, name: string): void {
  const known = readProfiles(env);
  const { url } = profileNamed(known, name);
  saveProfiles(env, { ...known, current: name });
  print(`${name} is in use: ${url}`);
}

function list({ world: { env }, print, paint }: Session, asJson: boolean): void {
  const { current, profiles } = readProfiles(env);
  const entries = Object.entries(profiles).map(([name, { url, token }]) => ({
    name,
    url,
    in_use: name === current,
    token_ends: endOfToken(token)?.toISOString(),
  }));
  if (asJson) return print(JSON.stringify(entries, null, 2));
  const titles = ["", "PROFILE", "URL", "TOKEN ENDS"].map((title) => ({ title }));
  const rows = entries.map((one) => [one.in_use ? "*" : "", one.name, one.url, one.token_ends ?? "it does not say"]);
  print(...tableLines(titles, rows, paint));
}
