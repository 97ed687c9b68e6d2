import { expect, it } from "vitest";
import { runCampaign } from "../chaos/campaign.ts";

/** Fixed, so that everybody's machine sees the same trouble; `npm run test:chaos` draws its own. */
const SEED = 20_261_121;

it("loses nothing and does nothing twice while the cloud is killed, messages repeat and agents misbehave", async () => {
  const lines: string[] = [];
  const log = (line: string): unknown => lines.push(line);
  const plan = { seed: SEED, kills: 4, runsPerLife: 6, lifeMs: 1200, turbulence: 0.15, patienceMs: 300_000, isQuick: true, log };
  const { defects, executions } = await runCampaign(plan);
  const repeat = `npm run test:chaos -- --seed ${SEED} --kills 4 --runs 6 --life-ms 1200 --quick`;
  expect(defects, `${lines.join("\n")}\nagain: ${repeat}`).toEqual([]);
  expect(executions).toBeGreaterThanOrEqual(24);
}, 600_000);
