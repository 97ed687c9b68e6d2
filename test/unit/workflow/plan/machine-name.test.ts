import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { machineName, type MachineId } from "../../../../shared/workflow/plan/machine-name.ts";
import { TenantId } from "../../../../shared/core/ids.ts";
import { WorkflowName } from "../../../../shared/workflow/definition/names.ts";

const PREFIX = "a2a-dev";

/** Few letters and many separators, so that near misses are common. */
const ids: fc.Arbitrary<MachineId> = fc.record({
  tenant: fc.stringMatching(/^[a1][a1-]{0,5}$/),
  workflow: fc.stringMatching(/^[ap][ap1_-]{0,6}$/),
  key: fc.constantFrom("main", "p1", "p11"),
});

describe("machineName", () => {
  it.each([
    { id: { tenant: "a", workflow: "b-c", key: "main" }, name: "a2a-dev-a_b-c" },
    { id: { tenant: "a-b", workflow: "c", key: "main" }, name: "a2a-dev-a-b_c" },
    { id: { tenant: "a", workflow: "c", key: "p1" }, name: "a2a-dev-a__p1_c" },
    { id: { tenant: "a", workflow: "p1_c", key: "main" }, name: "a2a-dev-a_p1_c" },
    { id: { tenant: "a", workflow: "c-p1", key: "main" }, name: "a2a-dev-a_c-p1" },
  ])("names $id $name", ({ id, name }) => {
    expect(machineName(PREFIX, id)).toBe(name);
  });

  it("gives two machines two names", () => {
    fc.assert(
      fc.property(ids, ids, (one, other) => {
        const areSame = one.tenant === other.tenant && one.workflow === other.workflow && one.key === other.key;
        expect(machineName(PREFIX, one) === machineName(PREFIX, other)).toBe(areSame);
      }),
      { numRuns: 2000 },
    );
  });

  it("uses the letters that a machine with a log may have, in at most 80 characters, after the prefix of the roles", () => {
    const tenant = TenantId.parse("t".repeat(32));
    const workflow = WorkflowName.parse("W".repeat(48));
    const names = ["main", "p1"].map((key) => machineName(PREFIX, { tenant, workflow, key }));
    for (const name of names) expect(name).toMatch(/^a2a-dev-t{32}_[A-Za-z0-9_-]{39}$/);
    expect(new Set(names).size).toBe(2);
  });
});
