import { describe, expect, it } from "vitest";
import { NotFoundError } from "../../../../shared/core/errors.ts";
import { checkpointId, findMoment, takeCheckpoint } from "../../../../shared/execution/control/checkpoints.ts";
import { EXECUTION } from "../../../fixtures/runtime/memory-runtime.ts";
import { at, steeredWorld, UNDER_WAY } from "./steered-world.ts";

describe("a moment that an execution is taken back to", () => {
  it.each([
    { name: "after:a", is: at(1) },
    { name: `at:${at(7)}`, is: at(7) },
    { name: "at:2026-11-21T12:00:00+02:00", is: at(0) },
  ])("is found by the name '$name'", async ({ name, is }) => {
    const { deps, head } = await steeredWorld({}, UNDER_WAY);
    expect(await findMoment(deps, head(), name)).toMatchObject({ id: name, at: is, execution: EXECUTION, run: 1, plan: head().plan });
  });

  it.each(["after:b", "after:ghost", "at:noon", "before:a", "ghost", "after:"])("is not found by the name '%s'", async (name) => {
    const { deps, head } = await steeredWorld({}, UNDER_WAY);
    await expect(findMoment(deps, head(), name)).rejects.toThrow(NotFoundError);
  });

  it("is found again once it was marked, with how far the execution was by its rows", async () => {
    const { deps, head } = await steeredWorld({}, UNDER_WAY);
    const id = checkpointId(new Date(at(7)), "manual");
    expect(id).toBe("20261121T100007000Z-manual");
    const taken = await takeCheckpoint(deps, head(), { id, at: at(7), reason: "before lunch", by: "ann" });
    expect(taken).toMatchObject({ id, at: at(7), reason: "before lunch", by: "ann", settledTasks: 1, run: 1 });
    expect(await findMoment(deps, head(), id)).toMatchObject(taken);
  });
});
