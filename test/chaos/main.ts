/** The long form of the crash campaign: `npm run test:chaos -- [--seed N] [--kills N] [--runs N] [--life-ms N] [--quick]`. */
import { parseArgs } from "node:util";
import { type Report, runCampaign } from "./campaign.ts";

const number = { type: "string" } as const;
const { values: options } = parseArgs({ options: { seed: number, kills: number, runs: number, "life-ms": number, quick: { type: "boolean", default: false } } });
const seed = Number(options.seed ?? Math.floor(Math.random() * 1_000_000));
const kills = Number(options.kills ?? 50);
const runsPerLife = Number(options.runs ?? 8);
const lifeMs = Number(options["life-ms"] ?? 4000);

const begun = Date.now();
const log = (line: string): void => console.log(`${((Date.now() - begun) / 1000).toFixed(1).padStart(6)} s  ${line}`);
log(`seed ${seed}`);

const repeat = `npm run test:chaos -- --seed ${seed} --kills ${kills} --runs ${runsPerLife} --life-ms ${lifeMs}${options.quick ? " --quick" : ""}`;
const report: Report = await runCampaign({ seed, kills, runsPerLife, lifeMs, turbulence: 0.15, patienceMs: 300_000, isQuick: options.quick, log });
const { defects, stateDir, ...figures } = report;
console.table([figures]);
for (const defect of defects) console.error(`✗ ${defect}`);
console.log(defects.length === 0 ? `nothing lost, nothing done twice; again: ${repeat}` : `${defects.length} defects; again: ${repeat}; state: ${stateDir}`);
process.exit(defects.length === 0 ? 0 : 1);
