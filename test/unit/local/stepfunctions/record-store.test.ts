import { beforeEach, describe, expect, it } from "vitest";
import { Database } from "../../../../infra/local/stepfunctions/database.ts";
import { ExecutionStore } from "../../../../infra/local/stepfunctions/execution-store.ts";
import { FrameStore } from "../../../../infra/local/stepfunctions/frame-store.ts";
import { Doc } from "../../../../infra/local/stepfunctions/json.ts";
import { VirtualClock } from "../../../../infra/local/stepfunctions/virtual-clock.ts";

let database: Database;
let frames: FrameStore;
let executions: ExecutionStore;

beforeEach(() => {
  database = new Database(":memory:", new VirtualClock(0));
  executions = new ExecutionStore(database);
  frames = new FrameStore(database);
});

const addFrame = (position = 0) =>
  frames.add({ execution: 1, parent: undefined, position, flow: 0, state: "A", input: Doc.of({ position }), lastEvent: 0 });

const addExecution = () =>
  executions.add({
    machine: "m",
    name: "n",
    qualifier: undefined,
    version: undefined,
    definition: 1,
    flow: 0,
    roleArn: "role",
    input: Doc.of({}),
    startedAt: 5,
    parent: undefined,
    deadline: undefined,
  });

const rowCount = (table: string): unknown => database.sql.prepare(`SELECT count(*) AS n FROM ${table}`).get()?.["n"];

describe("records of the engine", () => {
  it("are gone once removed, though their row is still there, and stay gone", () => {
    const frame = addFrame();
    database.writePending();
    frames.remove(frame.id);
    expect(rowCount("frames")).toBe(1);
    expect(frames.get(frame.id)).toBeUndefined();
    frames.save(frame);
    database.writePending();
    expect(rowCount("frames")).toBe(0);
    expect(frames.get(frame.id)).toBeUndefined();
  });

  it("leave no row when they come and go in one turn", () => {
    frames.remove(addFrame().id);
    database.writePending();
    expect(rowCount("frames")).toBe(0);
  });

  it("give their name free for the next one of the same turn", () => {
    const first = addExecution();
    database.writePending();
    executions.remove(first.id);
    const second = addExecution();
    expect(executions.find("m", "n")?.id).toBe(second.id);
    expect(rowCount("executions")).toBe(1);
  });

  it("are read again, equal, once more than fit were used since", () => {
    const all = Array.from({ length: 1_100 }, (_, position) => addFrame(position));
    const [first, second] = all;
    if (first === undefined || second === undefined) throw new Error("no frames");
    second.state = "B";
    frames.save(second);
    frames.get(first.id);
    for (const { id } of all.slice(2)) frames.get(id);
    database.writePending();
    frames.trim();
    const again = frames.get(second.id);
    expect(again).not.toBe(second);
    expect(again).toMatchObject({ state: "B", position: 1, phase: "ready" });
    expect(frames.get(all.at(-1)?.id ?? 0)).toBe(all.at(-1));
  });

  it("tell the earliest deadline written since it was last asked for, and whose time has come", () => {
    const [one, two] = [addFrame(1), addFrame(2)];
    one.deadline = 70;
    two.deadline = 30;
    frames.saveProgress(one);
    frames.saveProgress(two);
    database.writePending();
    expect([frames.takeEarliest(), frames.takeEarliest()]).toEqual([30, Infinity]);
    expect(frames.nextDeadline()).toBe(30);
    expect(frames.due(69).map(({ id }) => id)).toEqual([two.id]);
    expect(frames.due(70).map(({ id }) => id)).toEqual([two.id, one.id]);
  });
});
