import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { type FakeApi, json, problem, startFakeApi } from "./fake-api.ts";
import { openShell } from "./shell.ts";

const ME = { tenant: "acme", subject: "ann", roles: ["operator"], permissions: ["*"], is_deployment_admin: false };
const known = () =>
  startFakeApi({ "GET /dev/api/v1/me": json(200, ME), "GET /dev/api/v1/holds": json(200, { holds: [] }) });

/** A token that says when it ends, as JWTs do. */
const tokenUntil = (time: string): string =>
  `e30.${Buffer.from(JSON.stringify({ exp: Date.parse(time) / 1000 })).toString("base64url")}.x`;

const authorizations = ({ seen }: FakeApi): unknown[] => seen.map(({ headers }) => headers.authorization);

describe("a2a login", () => {
  it("asks who the token speaks for, keeps both where only their owner reads, and uses them from then on", async () => {
    await using api = await known();
    using shell = openShell();
    const env = { XDG_CONFIG_HOME: path.join(shell.folder, "config") };
    const token = tokenUntil("2027-01-01T00:00:00.000Z");
    const login = await shell.run(["login", api.connection.url, "--name", "prod"], { env, stdin: `${token}\n` });
    expect(login).toMatchObject({ code: 0, out: "✓ prod: ann of acme, operator, until 2027-01-01T00:00:00.000Z\n" });
    const file = path.join(shell.folder, "config", "a2a", "profiles.json");
    expect(JSON.parse(readFileSync(file, "utf8"))).toEqual({
      current: "prod",
      profiles: { prod: { url: api.connection.url, token } },
    });
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(await shell.run(["holds"], { env })).toMatchObject({ code: 0 });
    expect(authorizations(api)).toEqual([`Bearer ${token}`, `Bearer ${token}`]);
  });

  it("is named by the host of the URL unless it is given a name", async () => {
    await using api = await known();
    using shell = openShell();
    const env = { HOME: shell.folder };
    await shell.run(["login", api.connection.url, "--token", "t"], { env });
    expect((await shell.run(["profiles"], { env })).out).toContain(`127.0.0.1-${new URL(api.connection.url).port}`);
    expect(existsSync(path.join(shell.folder, ".config", "a2a", "profiles.json"))).toBe(true);
  });

  it("keeps nothing that the deployment refuses", async () => {
    await using api = await startFakeApi({
      "GET /dev/api/v1/me": problem(401, { title: "unauthenticated", detail: "" }),
    });
    using shell = openShell();
    const env = { HOME: shell.folder };
    expect(await shell.run(["login", api.connection.url, "--token", "t"], { env })).toMatchObject({
      code: 3,
      err: expect.stringContaining("get a new one"),
    });
    expect(existsSync(path.join(shell.folder, ".config"))).toBe(false);
  });

  it.each([
    { what: "no URL", args: ["login", "prod.example"], err: "'prod.example' is not an http(s) URL" },
    { what: "another protocol", args: ["login", "ftp://prod.example"], err: "is not an http(s) URL" },
    { what: "no token", args: ["login", "https://prod.example"], err: "there is no token — give --token or A2A_TOKEN" },
    { what: "two words", args: ["login", "https://prod.example", "--token", "a b"], err: "there is no token" },
    {
      what: "an odd name",
      args: ["login", "https://prod.example", "--token", "t", "--name", "../x"],
      err: "'../x' is no name of a profile",
    },
  ])("says what is wrong: $what", async ({ args, err }) => {
    using shell = openShell();
    const outcome = await shell.run(args, { env: { HOME: shell.folder } });
    expect(outcome).toMatchObject({ code: 1, err: expect.stringContaining(err) });
  });
});

describe("profiles", () => {
  const PROFILES = {
    current: "dev",
    profiles: {
      dev: { url: "https://dev.example", token: "d" },
      prod: { url: "https://prod.example/v1", token: tokenUntil("2027-01-01T00:00:00.000Z") },
    },
  };

  function kept() {
    const shell = openShell();
    const file = path.join(shell.folder, "profiles.json");
    writeFileSync(file, JSON.stringify(PROFILES));
    return {
      shell,
      env: { A2A_PROFILES: file, HOME: shell.folder },
      read: (): unknown => JSON.parse(readFileSync(file, "utf8")),
    };
  }

  it("are listed without their tokens", async () => {
    const { shell, env } = kept();
    using _ = shell;
    const { out } = await shell.run(["profiles"], { env });
    expect(out.split("\n").map((line) => line.split(/\s{2,}|(?<=\*) /))).toEqual([
      ["", "PROFILE", "URL", "TOKEN ENDS"],
      ["*", "dev", "https://dev.example", "it does not say"],
      ["", "prod", "https://prod.example/v1", "2027-01-01T00:00:00.000Z"],
      [""],
    ]);
    const { out: asJson } = await shell.run(["profiles", "--json"], { env });
    expect(JSON.parse(asJson)).toEqual([
      { name: "dev", url: "https://dev.example", in_use: true },
      { name: "prod", url: "https://prod.example/v1", in_use: false, token_ends: "2027-01-01T00:00:00.000Z" },
    ]);
  });

  it("are chosen by use, and forgotten by logout", async () => {
    const { shell, env, read } = kept();
    using _ = shell;
    expect(await shell.run(["profiles", "use", "prod"], { env })).toMatchObject({
      code: 0,
      out: "prod is in use: https://prod.example/v1\n",
    });
    expect(read()).toMatchObject({ current: "prod" });
    await shell.run(["logout"], { env });
    expect(read()).toEqual({ profiles: { dev: PROFILES.profiles.dev } });
    expect(await shell.run(["logout"], { env })).toMatchObject({
      code: 1,
      err: expect.stringContaining("no profile is in use"),
    });
    await shell.run(["logout", "dev"], { env });
    expect(read()).toEqual({ profiles: {} });
    expect(await shell.run(["profiles", "use", "dev"], { env })).toMatchObject({
      code: 1,
      err: expect.stringContaining("log in first"),
    });
  });

  it("count before the environment when named by option, and behind it and the folder's own file otherwise", async () => {
    const { shell, env } = kept();
    using _ = shell;
    const source = async (args: readonly string[], more: NodeJS.ProcessEnv = {}) =>
      (await shell.run([...args, "doctor"], { env: { ...env, ...more } })).err.split("\n")[0];
    const here = { A2A_URL: "http://127.0.0.1:9/env", A2A_TOKEN: "t" };
    expect(await source(["--profile", "prod"], here)).toBe("https://prod.example/v1, by profile prod");
    expect(await source([], here)).toBe("http://127.0.0.1:9/env, by options and environment");
    expect(await source([], { A2A_PROFILE: "prod" })).toBe("https://prod.example/v1, by profile prod");
    expect(await source([])).toBe("https://dev.example, by profile dev");
    mkdirSync(path.join(shell.folder, ".local"));
    writeFileSync(path.join(shell.folder, ".local", "connection.json"), '{"url":"http://127.0.0.1:9/dev","token":"t"}');
    expect(await source([])).toContain("http://127.0.0.1:9/dev, by ");
    expect(await source(["--profile", "prod", "--url", "https://else.example"])).toContain(
      "nothing says the token to show",
    );
    expect(await source(["--profile", "none"])).toBe("a2a: there is no profile 'none' — known are dev, prod");
  });

  it("that cannot be read are not overwritten", async () => {
    using shell = openShell();
    const file = path.join(shell.folder, "profiles.json");
    writeFileSync(file, '{"profiles":');
    expect(await shell.run(["profiles"], { env: { A2A_PROFILES: file } })).toMatchObject({
      code: 1,
      err: expect.stringContaining(`${file} cannot be used`),
    });
    expect(readFileSync(file, "utf8")).toBe('{"profiles":');
  });
});
