import { afterAll, describe, expect, it } from "vitest";
import { json, startFakeApi } from "./fake-api.ts";
import { openShell } from "./shell.ts";

const shell = openShell();
afterAll(() => shell[Symbol.dispose]());
const envOf = ({ connection: { url, token } }: { connection: { url: string; token: string } }) => ({ A2A_URL: url, A2A_TOKEN: token });

const PATH = "/dev/api/v1/dead-letters";
const LETTER = { message_id: "m-1", queue: "hooks-dead", sent_at: "2026-11-21T10:00:00.000Z", attributes: {}, body: "{}", body_bytes: 2 };

describe("a2a dead-letters", () => {
  it("lists the queues, with what to do about those that are not empty", async () => {
    const queues = [
      { queue: "hooks-dead", waiting: 2, source: "hooks" },
      { queue: "stream-dead", waiting: 0, source: null },
      { queue: "of-a-later-version", waiting: 1, source: null },
    ];
    await using api = await startFakeApi({ [`GET ${PATH}`]: json(200, { queues }) });
    const { code, out } = await shell.run(["dead-letters"], { env: envOf(api) });
    expect(code).toBe(0);
    expect(out).toMatch(/^QUEUE +WAITING +GOES BACK TO/);
    expect(out).toContain("hooks-dead: `run-hooks` failed five times");
    expect(out).toContain("Fix: Remove the cause, redrive.");
    expect(out).not.toContain("stream-dead:");
    expect(JSON.parse((await shell.run(["dead-letters", "--json"], { env: envOf(api) })).out)).toEqual(queues);
  });

  it("lists the messages of one, and shows a message", async () => {
    const letters = [LETTER, { ...LETTER, message_id: "m-2", tenant: "acme", reason: "the body is not JSON" }];
    await using api = await startFakeApi({ [`GET ${PATH}/hooks-dead`]: json(200, { dead_letters: letters }), [`GET ${PATH}/hooks-dead/m-1`]: json(200, LETTER) });
    const { out } = await shell.run(["dead-letters", "list", "hooks-dead", "--limit", "5"], { env: envOf(api) });
    expect(out).toContain("see the function's log");
    expect(out).toContain("the body is not JSON");
    expect(api.seen[0]?.line).toBe(`GET ${PATH}/hooks-dead?limit=5`);
    expect(JSON.parse((await shell.run(["dead-letters", "show", "hooks-dead", "m-1"], { env: envOf(api) })).out)).toEqual(LETTER);
  });

  it.each([
    { words: ["redrive", "hooks-dead", "m-1"], line: `POST ${PATH}/hooks-dead/m-1/redrive`, says: "sent 1 back to hooks" },
    { words: ["redrive", "hooks-dead", "--all"], line: `POST ${PATH}/hooks-dead/redrive`, says: "sent 1 back to hooks" },
    { words: ["drop", "hooks-dead", "m-1"], line: `DELETE ${PATH}/hooks-dead/m-1`, says: "removed m-1" },
    { words: ["drop", "hooks-dead", "--all"], line: `DELETE ${PATH}/hooks-dead`, says: "removed 3 from hooks-dead" },
  ])("$words", async ({ words, line, says }) => {
    const redriven = json(202, { queue: "hooks-dead", source: "hooks", redriven: 1 });
    await using api = await startFakeApi({
      [`POST ${PATH}/hooks-dead/m-1/redrive`]: redriven,
      [`POST ${PATH}/hooks-dead/redrive`]: redriven,
      [`DELETE ${PATH}/hooks-dead/m-1`]: (response) => void response.writeHead(204).end(),
      [`DELETE ${PATH}/hooks-dead`]: json(200, { queue: "hooks-dead", dropped: 3 }),
    });
    const { code, err } = await shell.run(["dead-letters", ...words], { env: envOf(api) });
    expect(err).toContain(says);
    expect(code).toBe(0);
    expect(api.seen.map((request) => request.line)).toEqual([line]);
  });

  it.each([["redrive", "hooks-dead"], ["drop", "hooks-dead"], ["drop", "hooks-dead", "m-1", "--all"]])("%s %s needs one message, or --all", async (...words) => {
    await using api = await startFakeApi({});
    const { code, err } = await shell.run(["dead-letters", ...words], { env: envOf(api) });
    expect(code).not.toBe(0);
    expect(err).toContain("name one message, or say --all");
    expect(api.seen).toEqual([]);
  });
});
