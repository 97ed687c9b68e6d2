import { describe, expect, it } from "vitest";
import { placeHold, releaseHeld, releaseHold } from "../../../../shared/execution/control/release-held.ts";
import { parkedWrite } from "../../../../shared/execution/store/parking-lot.ts";
import { controlOf } from "../../../fixtures/runtime/memory-control.ts";
import { type MemoryRuntime, START, startedRuntime, TENANT } from "../../../fixtures/runtime/memory-runtime.ts";

const at = new Date(START).toISOString();

/** So many tasks that a hold kept back. */
async function heldBack(count: number): Promise<MemoryRuntime> {
  const runtime = await startedRuntime();
  const { executions } = runtime;
  const writes = Array.from({ length: count }, (_, index) =>
    parkedWrite(executions, { reason: "hold", message: runtime.message(`t${String(index).padStart(3, "0")}`, { seen: 0 }), workflowId: "drawn", at }),
  );
  await Promise.all(writes.map((write) => executions.committer.commit([write])));
  return runtime;
}

describe("tasks that a hold kept back", () => {
  it("go on page by page, up to the page that brings as many as may go on", async () => {
    const runtime = await heldBack(501);
    const { deps } = controlOf(runtime);
    expect(await releaseHeld(deps, { most: 500 })).toBe(500);
    expect(runtime.parked()).toHaveLength(1);
    expect(await releaseHeld(deps, { most: 501 })).toBe(1);
    expect(runtime.tasks).toHaveLength(501);
  });

  it("go on in one call where all may", async () => {
    const { deps } = controlOf(await heldBack(501));
    expect(await releaseHeld(deps, { most: 501 })).toBe(501);
  });

  it("stay where another hold covers them", async () => {
    const runtime = await heldBack(2);
    const { deps } = controlOf(runtime);
    await placeHold(deps, { scope: "global" }, { by: "ann" });
    await placeHold(deps, { scope: "workflow", tenant: TENANT, workflow: "drawn" }, { by: "ann", reason: "month end" });
    expect(await releaseHold(deps, { scope: "global" })).toEqual({ wasHeld: true, released: 0 });
    expect(await releaseHold(deps, { scope: "tenant", tenant: TENANT })).toEqual({ wasHeld: false, released: 0 });
    expect(await releaseHold(deps, { scope: "workflow", tenant: TENANT, workflow: "drawn" })).toEqual({ wasHeld: true, released: 2 });
  });
});
