import { afterAll, describe, expect, it } from "vitest";
import { json, problem, startFakeApi } from "./fake-api.ts";
import { openShell } from "./shell.ts";

const shell = openShell();
afterAll(() => shell[Symbol.dispose]());

const AUDIT = {
  execution_id: "exec_1",
  verified: true,
  length: 42,
  head_hash: "0".repeat(64),
  unchained: 0,
  replay: { consistent: true, events: 42, difference_count: 0, differences: [] },
};
const DEFECT = {
  kind: "event_altered",
  index: 17,
  link: "0000000010",
  event: "2026-11-21T10:00:00.000Z#a.1.settled",
  expected: "a".repeat(64),
  actual: "b".repeat(64),
};

async function run(args: readonly string[], answer: Parameters<typeof startFakeApi>[0][string]) {
  await using api = await startFakeApi({ "GET /dev/api/v1/executions/exec_1/audit": answer, "GET /dev/api/v1/executions/exec_1/replay": answer });
  const { url: A2A_URL, token: A2A_TOKEN } = api.connection;
  return { ...(await shell.run(args, { env: { A2A_URL, A2A_TOKEN } })), asked: api.seen.map(({ line }) => line) };
}

describe("a2a verify", () => {
  it("says what is proven", async () => {
    const { code, out, err } = await run(["verify", "exec_1"], json(200, AUDIT));
    expect({ code, err }).toEqual({ code: 0, err: "" });
    expect(out).toBe(
      `✓ exec_1: 42 events, none altered, lost or slipped in\n✓ replaying them gives the state on record\nhead ${"0".repeat(64)}\n`,
    );
  });

  it("says what is not chained yet", async () => {
    expect((await run(["verify", "exec_1"], json(200, { ...AUDIT, unchained: 3 }))).out).toContain("slipped in, 3 more not chained yet\n");
  });

  it("fails at a defect and says where", async () => {
    const { code, out, err } = await run(["verify", "exec_1"], json(200, { ...AUDIT, verified: false, length: 10, first_defect: DEFECT }));
    expect({ code, out }).toEqual({ code: 1, out: "" });
    expect(err.split("\n")).toEqual([
      "a2a: the history of exec_1 does not verify: event altered at 17 (sound before 10)",
      "  event    2026-11-21T10:00:00.000Z#a.1.settled",
      "  link     0000000010",
      `  expected ${"a".repeat(64)}`,
      `  actual   ${"b".repeat(64)}`,
      "",
    ]);
  });

  it("fails when events do not lead to the state", async () => {
    const differences = [
      { task_id: "a", field: "state", replayed: "completed", stored: "failed" },
      { task_id: null, field: "run", replayed: 1, stored: null },
    ];
    const replay = { consistent: false, events: 42, difference_count: 3, differences };
    const { code, err } = await run(["verify", "exec_1"], json(200, { ...AUDIT, replay }));
    expect(code).toBe(1);
    expect(err.split("\n")).toEqual([
      "a2a: the events of exec_1 do not lead to its state: 3 differences",
      "  task 'a': state is failed, by its events completed",
      "  execution: run is absent, by its events 1",
      "  and 1 more",
      "",
    ]);
  });

  it("prints JSON, and fails all the same", async () => {
    const audit = { ...AUDIT, verified: false, first_defect: DEFECT };
    const { code, out } = await run(["verify", "exec_1", "--json"], json(200, audit));
    expect(code).toBe(1);
    expect(JSON.parse(out)).toMatchObject({ verified: false, first_defect: { index: 17 } });
    expect((await run(["verify", "exec_1", "--json"], json(200, AUDIT))).code).toBe(0);
  });

  it("passes on that there is no such execution", async () => {
    const { code, err } = await run(["verify", "exec_1"], problem(404, { title: "not found", detail: "execution 'exec_1' was not found" }));
    expect({ code, err }).toEqual({ code: 1, err: "a2a: execution 'exec_1' was not found (404)\n" });
  });
});

describe("a2a replay", () => {
  const REPLAY = {
    execution_id: "exec_1",
    at: "2026-11-21T10:00:01.000Z",
    status: "running",
    run: 2,
    tasks: [
      { task_id: "a", status: "completed", attempt: 1, agent_id: "a1", error_code: null, settled_at: "2026-11-21T10:00:00.500Z" },
      { task_id: "bb", status: "queued", attempt: 2, agent_id: null, error_code: "Timeout", settled_at: null },
    ],
  };

  it("shows the execution as it stood", async () => {
    const { code, out, asked } = await run(["replay", "exec_1", "--at", "2026-11-21T11:00:01+01:00"], json(200, REPLAY));
    expect(code).toBe(0);
    expect(asked).toEqual(["GET /dev/api/v1/executions/exec_1/replay?at=2026-11-21T10%3A00%3A01.000Z"]);
    expect(out.split("\n")).toEqual([
      "exec_1 at 2026-11-21T10:00:01.000Z: running, run 2",
      "TASK  STATUS           ATTEMPT  AGENT  SETTLED",
      "a     completed              1  a1     2026-11-21T10:00:00.500Z",
      "bb    queued: Timeout        2",
      "",
    ]);
  });

  it("shows that it was not there yet", async () => {
    const { out } = await run(["replay", "exec_1"], json(200, { ...REPLAY, status: null, run: 1, tasks: [] }));
    expect(out).toBe("exec_1 at 2026-11-21T10:00:01.000Z: not submitted yet, run 1\n");
  });

  it("wants a time", async () => {
    const { code, err, asked } = await run(["replay", "exec_1", "--at", "yesterday"], json(200, REPLAY));
    expect({ code, err, asked }).toEqual({ code: 2, err: "a2a: 'yesterday' is not a time; write it as 2026-11-21T10:00:00Z\n", asked: [] });
  });
});
