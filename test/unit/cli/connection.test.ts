import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { resolveConnection } from "../../../infra/cli/connection.ts";

let folder = "";
let empty = "";
let broken = "";
beforeAll(() => {
  const base = mkdtempSync(join(tmpdir(), "a2a-connection-"));
  [folder, empty, broken] = [join(base, "full"), join(base, "empty"), join(base, "broken")];
  for (const each of [folder, empty, broken]) mkdirSync(join(each, ".local"), { recursive: true });
  writeFileSync(join(folder, ".local", "connection.json"), '{"url":"http://127.0.0.1:1234/dev","token":"from-file"}');
  writeFileSync(join(broken, ".local", "connection.json"), '{"url":');
});
afterAll(() => rmSync(join(folder, ".."), { recursive: true }));

const resolve = (given: { url?: string; token?: string; profile?: string; env?: NodeJS.ProcessEnv; folders?: string[] }) =>
  resolveConnection({
    url: given.url,
    token: given.token,
    profile: given.profile,
    env: { HOME: folder, ...given.env },
    folders: given.folders ?? [empty, folder],
  });

describe("resolveConnection", () => {
  it("takes the file that npm start left", () => {
    expect(resolve({})).toEqual({
      url: "http://127.0.0.1:1234/dev",
      token: "from-file",
      source: join(folder, ".local", "connection.json"),
    });
  });

  it("prefers the environment to the file, and options to both", () => {
    const env = { A2A_URL: "https://env.test", A2A_TOKEN: "from-env" };
    expect(resolve({ env })).toMatchObject({ url: "https://env.test", token: "from-env" });
    expect(resolve({ env, url: "https://option.test", token: "from-option" })).toMatchObject({
      url: "https://option.test",
      token: "from-option",
    });
  });

  it("joins a token of the environment with the URL of the file", () => {
    expect(resolve({ env: { A2A_TOKEN: "from-env" } })).toMatchObject({
      url: "http://127.0.0.1:1234/dev",
      token: "from-env",
    });
  });

  it("does not show the file's token to another API", () => {
    expect(() => resolve({ url: "https://elsewhere.test" })).toThrow("nothing says the token to show");
    expect(resolve({ url: "http://127.0.0.1:1234/dev/" }).token).toBe("from-file");
  });

  it.each([
    { what: "nothing at all", given: () => ({ folders: [empty] }), message: "nothing says which API to talk to" },
    {
      what: "a file cut off",
      given: () => ({ folders: [broken] }),
      message: "cannot be used — start the orchestrator again",
    },
    { what: "an odd URL", given: () => ({ url: "ftp://x", token: "t" }), message: "'ftp://x' is not an http(s) URL" },
    { what: "no URL", given: () => ({ url: "localhost", token: "t" }), message: "'localhost' is not an http(s) URL" },
  ])("says what is missing: $what", ({ given, message }) => {
    expect(() => resolve(given())).toThrow(message);
  });
});
