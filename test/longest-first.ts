import type { TestSpecification } from "vitest/node";
import { BaseSequencer } from "vitest/node";

/** Files that take longest by themselves, the longest first. They wait more than they work: others fill in meanwhile. */
const LONGEST = [
  "integration/lost-agent.test.ts",
  "integration/kill-graph-run.test.ts",
  "integration/blocking-agents.test.ts",
  "integration/workflows.test.ts",
  "integration/crash-campaign.test.ts",
  "integration/hooks.test.ts",
  "integration/agent-registry.test.ts",
  "integration/steering-nested.test.ts",
  "integration/orchestrator-chain.test.ts",
];

/** Levels from the one whose files take longest to the one of many small ones, which leaves no worker idle at the end. */
const LEVELS = ["integration", "golden", "laws", "contract", "unit"];

/** Begins with what takes longest, so that no worker is left alone with it at the end. Knows nothing of earlier runs. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    return sorted.toSorted((a, b) => placeOf(a) - placeOf(b));
  }
}

function placeOf({ moduleId, project }: TestSpecification): number {
  const place = LONGEST.findIndex((name) => moduleId.endsWith(name));
  return place === -1 ? LONGEST.length + LEVELS.indexOf(project.name) : place;
}
