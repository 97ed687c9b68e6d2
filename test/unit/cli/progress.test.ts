import { describe, expect, it } from "vitest";
import { openLiveView } from "../../../infra/cli/view/live-view.ts";
import { plain } from "../../../infra/cli/view/paint.ts";
import { changeLines, progressLines } from "../../../infra/cli/view/progress.ts";
import { statusReply } from "../../fixtures/api/sample-replies.ts";

const at = (seconds: number): string => new Date(Date.parse("2026-01-01T00:00:00Z") + seconds * 1000).toISOString();
const now = (seconds: number): number => Date.parse(at(seconds));

const STARTED = statusReply("running", [
  { stage_id: "fetch", status: "running", attempt: 1, agent_id: "agent-a", start_time: at(0) },
  { stage_id: "check", status: "parked" },
  { stage_id: "report", status: "pending" },
]);
const HALF = statusReply(
  "running",
  [
    { stage_id: "fetch", status: "completed", attempt: 1, agent_id: "agent-a", start_time: at(0), end_time: at(5) },
    { stage_id: "check", status: "running", attempt: 2, agent_id: "agent-b", start_time: at(5) },
    { stage_id: "report", status: "pending" },
  ],
  10,
);
const FAILED = {
  ...statusReply(
    "failed",
    [
      { stage_id: "fetch", status: "completed", attempt: 1, agent_id: "agent-a", start_time: at(0), end_time: at(5) },
      {
        stage_id: "check",
        status: "failed",
        attempt: 2,
        agent_id: "agent-b",
        start_time: at(5),
        end_time: at(15),
        error: { code: "AgentFailed", message: "no \u001b[2Jdata" },
      },
      { stage_id: "report", status: "cancelled" },
    ],
    15,
  ),
  error_details: { code: "TaskFailed", message: "check failed", task: "check" },
};

const picture = (status: typeof STARTED, seconds: number, rows = 24): string[] =>
  progressLines({ status, now: now(seconds), columns: 60, rows, paint: plain });

describe("progressLines", () => {
  it("shows a task under way as an open bar, and marks the critical path", () => {
    expect(picture(STARTED, 2)).toEqual([
      "pipeline exec_00000001 running   0/3 tasks · 2.0 s elapsed · about 30.0 s left · ◆ critical path",
      "",
      "  ● ◆ fetch  agent-a ━━━━━━━━━━━━━━━━━━━━━━━━━━╸    2.0 s",
      "  ◌   check",
      "  · ◆ report",
    ]);
  });

  it("puts each bar where its task lay in time", () => {
    expect(picture(HALF, 10)).toEqual([
      "pipeline exec_00000001 running   1/3 tasks · 10.0 s elapsed · about 30.0 s left · ◆ critical path",
      "",
      "  ✓ ◆ fetch  agent-a ━━━━━━━━            5.0 s",
      "  ●   check  agent-b         ━━━━━━━╸    5.0 s  attempt 2",
      "  · ◆ report",
    ]);
  });

  it("stops the clock at the end, says why a task failed, and lets nobody drive the terminal", () => {
    const lines = picture(FAILED, 500);
    expect(lines[0]).toBe("pipeline exec_00000001 failed   1/3 tasks · 15.0 s elapsed · ◆ critical path");
    expect(lines[3]).toMatch(/^ {2}✗ {3}check .* 10\.0 s {2}AgentFailed: no …$/);
    expect(lines.join("")).not.toContain("\u001b");
  });

  it("keeps to the room there is: tasks at work first, the others counted", () => {
    const many = statusReply("running", [
      ...Array.from({ length: 50 }, (_, index) => ({ stage_id: `done-${index}`, status: "completed" as const })),
      { stage_id: "busy", status: "running" },
      ...Array.from({ length: 50 }, (_, index) => ({ stage_id: `later-${index}`, status: "pending" as const })),
    ]);
    const lines = picture(many, 0, 8);
    expect(lines.map((line) => line.trim().split(/ +/).slice(0, 2).join(" "))).toEqual([
      "pipeline exec_00000001",
      "",
      "● busy",
      "· later-0",
      "· later-1",
      "· later-2",
      "… and",
    ]);
    expect(lines.at(-1)).toBe("  … and 50 completed, 47 pending");
  });
});

describe("changeLines", () => {
  it("tells everything that is not pending at first", () => {
    expect(changeLines(undefined, STARTED)).toEqual([
      "[   0.0 s] * fetch: running at agent-a",
      "[   0.0 s]   check: parked",
      "[   0.0 s]   pipeline exec_00000001: running, 0 of 3 tasks done",
    ]);
  });

  it("tells only what changed after that", () => {
    expect(changeLines(STARTED, HALF)).toEqual([
      "[  10.0 s] * fetch: completed at agent-a, 5.0 s",
      "[  10.0 s]   check: running at agent-b (attempt 2)",
    ]);
    expect(changeLines(HALF, HALF)).toEqual([]);
  });

  it("tells how it ended", () => {
    expect(changeLines(HALF, FAILED)).toEqual([
      "[  15.0 s]   check: failed at agent-b (attempt 2), 10.0 s — AgentFailed: no [2Jdata",
      "[  15.0 s] * report: cancelled",
      "[  15.0 s]   pipeline exec_00000001: failed, 1 of 3 tasks done",
    ]);
  });
});

describe("a live view", () => {
  const record = (isTTY: boolean) => {
    const written: string[] = [];
    const write = (text: string | Uint8Array): boolean => written.push(String(text)) > 0;
    return { written, output: { isTTY, columns: 60, rows: 24, write } };
  };

  it("draws over its last picture on a terminal", () => {
    const { written, output } = record(true);
    using view = openLiveView(output, plain, () => now(2));
    view.show(STARTED);
    view.show(HALF);
    expect(written).toHaveLength(2);
    expect(written[0]).not.toContain("\u001b[5A");
    // Five lines up: head, blank, three tasks.
    expect(written[1]).toContain("\u001b[5A\r");
  });

  it("writes no control codes to a pipe", () => {
    const { written, output } = record(false);
    using view = openLiveView(output, plain, () => now(2));
    view.show(STARTED);
    view.show(STARTED);
    expect(written).toEqual(changeLines(undefined, STARTED).map((line) => `${line}\n`));
  });
});
