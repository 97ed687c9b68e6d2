import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { graphLines } from "../../../infra/cli/view/plan-drawing.ts";
import { parseDefinition } from "../../../shared/workflow/definition/parse-definition.ts";
import { planWorkflow } from "../../../shared/workflow/plan/planner.ts";

/** The graph of an example, without colours. */
function drawn(file: string): string[] {
  const url = new URL(`../../fixtures/definitions/valid/${file}`, import.meta.url);
  const { definition } = parseDefinition(readFileSync(url, "utf8"), { file });
  if (definition === undefined) throw new Error("the fixture is not valid");
  return graphLines(planWorkflow(definition), (_, text) => text);
}

describe("graphLines", () => {
  it("says by which pattern agents work together, and by how many calls at most", () => {
    expect(drawn("team-brief.workflow.yaml")).toEqual([
      "  1 ─ ◆ find",
      "  2 ─ ◆ brief   ← find  supervisor, at most 30 calls",
      "  3 ─ ◆ polish  ← brief  evaluator_optimizer, at most 10 calls",
    ]);
  });

  it("says what each task does besides calling one agent", () => {
    expect(drawn("order-fulfilment.workflow.yaml")).toEqual([
      "  1 ─ ◆ reserve",
      "  2 ┬   explain-shortage  ← reserve  may be skipped",
      "    └   approve-large     ← reserve  needs approval  may be skipped",
      "  3 ─ ◆ charge            ← approve-large  may be skipped",
      "  4 ─ ◆ pack              ← charge  for each",
      "  5 ─   hand-over         ← pack  emits parcel.ready  pivot",
      "  6 ─   delivered         ← hand-over  waits for an event",
    ]);
  });
});
