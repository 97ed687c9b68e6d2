import { mkdirSync, readFileSync, existsSync, writeFileSync } from "node:fs";
import path from "node:path";
import type { Reporter, TestModule } from "vitest/node";
import * as z from "zod";
import { WORK_DIR } from "./emulators/processes.ts";
import { TARGETS } from "./options.ts";

const Row = z.object({
  feature: z.string(),
  verdict: z.enum(["works", "lacks", "fails", "not run"]),
  evidence: z.string().optional(),
});
type Row = z.output<typeof Row>;

const MARKS = { works: "works", lacks: "lacks it", fails: "FAILS", "not run": "not run" } as const;
const folder = path.join(WORK_DIR, "results");
const fileOf = (target: string): string => path.join(folder, `${target}.json`);

/** Prints one row per feature and one column per target; other targets' columns are those of their last run here. */
class FeatureTableReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const target = process.env["DEPLOYED_TARGET"] ?? "";
    const rows = modules
      .flatMap((module) => [...module.children.allTests()])
      .flatMap((test): Row[] => {
        const { finding } = test.meta();
        if (finding !== undefined) return [finding];
        return test.result().state === "failed" ? [{ feature: test.name, verdict: "fails" }] : [];
      });
    if (rows.length === 0) return;
    mkdirSync(folder, { recursive: true });
    writeFileSync(fileOf(target), JSON.stringify(rows, null, 2));
    for (const line of tableLines(rows)) console.log(line);
    for (const line of evidenceLines(target, rows)) console.log(line);
  }
}

function tableLines(rows: readonly Row[]): string[] {
  const columns = TARGETS.map((target) => ({ target, rows: readRows(target) }));
  const cell = (known: readonly Row[], feature: string): string => {
    const row = known.find((candidate) => candidate.feature === feature);
    return MARKS[row?.verdict ?? "not run"];
  };
  return [
    "",
    `| feature | ${TARGETS.join(" | ")} |`,
    `|---|${TARGETS.map(() => "---|").join("")}`,
    ...rows.map(({ feature }) => `| ${feature} | ${columns.map((column) => cell(column.rows, feature)).join(" | ")} |`),
    "",
  ];
}

function evidenceLines(target: string, rows: readonly Row[]): string[] {
  const told = rows.filter(({ evidence }) => evidence !== undefined);
  if (told.length === 0) return [];
  return [
    `On ${target}:`,
    ...told.map(({ feature, verdict, evidence }) => `- ${feature} (${MARKS[verdict]}): ${evidence ?? ""}`),
    "",
  ];
}

const readRows = (target: string): readonly Row[] =>
  existsSync(fileOf(target)) ? z.array(Row).parse(JSON.parse(readFileSync(fileOf(target), "utf8"))) : [];

// Vitest loads a reporter file by its default export.
export default FeatureTableReporter;
