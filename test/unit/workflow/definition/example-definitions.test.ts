import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { parseDefinition } from "../../../../shared/workflow/definition/parse-definition.ts";
import { isGenuine, planWorkflow } from "../../../../shared/workflow/plan/planner.ts";
import { Plan } from "../../../../shared/workflow/plan/plan.ts";
import { WorkflowDefinition } from "../../../../shared/workflow/definition/workflow-definition.ts";

const ROOT = path.resolve(import.meta.dirname, "../../../..");
const FIXTURES = path.join(ROOT, "test/fixtures/definitions/valid");
const EXAMPLES = ["order-fulfilment.workflow.yaml", "market-report.workflow.yaml", "claims-stages.json", "team-brief.workflow.yaml"];

describe("the example definitions", () => {
  it.each(EXAMPLES)("%s leaves nothing to be said", (file) => {
    const { report } = parseDefinition(readFileSync(path.join(FIXTURES, file), "utf8"), { file });
    expect(report).toEqual({ errors: [], warnings: [], optimizations: [] });
  });

  it.each(readdirSync(FIXTURES))("%s survives storage, as a definition and as a plan", (file) => {
    const { definition } = parseDefinition(readFileSync(path.join(FIXTURES, file), "utf8"), { file });
    if (definition === undefined) throw new Error(`${file} is not valid`);
    const stored: unknown = JSON.parse(JSON.stringify(definition));
    expect(WorkflowDefinition.parse(stored)).toEqual(stored);
    expect(isGenuine(Plan.parse(JSON.parse(JSON.stringify(planWorkflow(definition)))))).toBe(true);
  });
});

/** YAML blocks of the README and of the reference. */
function readmeBlocks(): string[] {
  const readme = ["README.md", "statemachines/README.md"].map((file) => readFileSync(path.join(ROOT, file), "utf8")).join("\n");
  return [...readme.matchAll(/^```yaml\n([\s\S]*?)^```$/gm)].map(([, block = ""]) => block);
}

/** The lines without their indentation, so that an excerpt reads like the text around it. */
const flat = (text: string): string =>
  text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "")
    .join("\n");

describe("the README", () => {
  const examples = EXAMPLES.map((file) => flat(readFileSync(path.join(FIXTURES, file), "utf8")));
  const [whole, excerpts] = [
    readmeBlocks().filter((block) => /^(workflow:|name:)/.test(block)),
    readmeBlocks().filter((block) => !/^(workflow:|name:)/.test(block)),
  ];

  it.each(whole.map((block) => [block]))("shows definitions that are valid: %s", (block) => {
    expect(parseDefinition(block, { file: "readme.yaml" }).report.errors).toEqual([]);
  });

  it("shows excerpts of the examples only", () => {
    expect(excerpts.filter((block) => !examples.some((example) => example.includes(flat(block))))).toEqual([]);
  });
});
