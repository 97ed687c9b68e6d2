import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import * as z from "zod";
import { WORK_DIR } from "./emulators/processes.ts";
import { installFromPyPi } from "./emulators/python.ts";
import { synthesize } from "./synthesize.ts";

const HOME = path.join(WORK_DIR, "cfn-lint");
const REQUIREMENTS = fileURLToPath(new URL("emulators/cfn-lint.requirements.txt", import.meta.url));
const STAGES = ["dev", "prod"];
/** A script of an environment names the folder it was installed into, which was another one then. */
const RUN = "from cfnlint.runner import main; main()";
const REGIONS = ["eu-central-1", "us-east-1"];
/** Bytes: a finding repeats its rule at length. */
const MAX_OUTPUT = 64 * 1024 * 1024;

/** Findings that are no mistakes, and why. */
const EXPLAINED: Readonly<Record<string, string>> = {
  W3005: "the CDK makes whatever uses a role depend on its policies, and names the role itself along with them",
};

const Finding = z.object({
  Rule: z.object({ Id: z.string() }),
  Message: z.string(),
  Location: z.object({ Path: z.array(z.union([z.string(), z.number()])).nullish() }),
  Filename: z.string(),
});
type Finding = z.infer<typeof Finding>;

/** Installs cfn-lint. @throws {NotHereError} Python or PyPI is not there. */
export const installCfnLint = (): void => installFromPyPi("cfn-lint", HOME, REQUIREMENTS);

/** Holds the templates of both stages against AWS's resource schemas. @returns the exit code. */
export async function lintTemplates(): Promise<number> {
  const scratch = mkdtempSync(path.join(tmpdir(), "cfn-lint-"));
  try {
    const findings: Finding[] = [];
    for (const stage of STAGES) {
      const folder = path.join(scratch, stage, "assembly");
      await synthesize(folder, stage);
      findings.push(...lint(folder));
    }
    return report(findings);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

function lint(folder: string): readonly Finding[] {
  const templates = readdirSync(folder).filter((name) => name.endsWith(".template.json"));
  if (templates.length === 0) throw new Error(`no template in ${folder}`);
  const args = ["-c", RUN, "--format", "json", "--regions", ...REGIONS, "-t", ...templates];
  const command = path.join(HOME, "bin", "python");
  const { stdout, stderr, error } = spawnSync(command, args, { cwd: folder, encoding: "utf8", maxBuffer: MAX_OUTPUT });
  if (error !== undefined) throw error;
  if (!stdout.trimStart().startsWith("[")) throw new Error(`cfn-lint gave no findings: ${stderr.slice(0, 2000)}`);
  return z.array(Finding).parse(JSON.parse(stdout));
}

function report(findings: readonly Finding[]): number {
  const isExplained = ({ Rule }: Finding): boolean => Rule.Id in EXPLAINED;
  for (const [id, reason] of Object.entries(EXPLAINED))
    console.log(`${findings.filter(({ Rule }) => Rule.Id === id).length} × ${id}: ${reason}`);
  const left = findings.filter((finding) => !isExplained(finding));
  for (const { Rule, Filename, Location, Message } of left)
    console.error(`${Rule.Id} ${path.basename(Filename)} ${Location.Path?.join("/") ?? ""}: ${Message}`);
  console.log(`cfn-lint: ${left.length} findings in the templates of ${STAGES.join(" and ")}`);
  return left.length === 0 ? 0 : 1;
}
