import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { NotHereError } from "./emulators/not-here.ts";

const RULES = fileURLToPath(new URL("../../infra/prometheus/alert-rules.yaml", import.meta.url));
const TESTS = fileURLToPath(new URL("alert-rules.promtool.yaml", import.meta.url));

const run = (...args: readonly string[]) => spawnSync("promtool", args, { stdio: ["ignore", "inherit", "inherit"] });

/** @throws {NotHereError} Prometheus's own tool is not there. */
export function findPromtool(): void {
  if (spawnSync("promtool", ["--version"], { stdio: "ignore" }).error !== undefined)
    throw new NotHereError("promtool is not there; it comes with Debian's package prometheus");
}

/** Has Prometheus itself check the alert rules, and let each fire and clear. @returns the exit code. */
export function testAlertRules(): number {
  const tests = readFileSync(TESTS, "utf8");
  const names = [...readFileSync(RULES, "utf8").matchAll(/- alert: (\w+)/g)].map(([, name = ""]) => name);
  const untested = names.filter((name) => !tests.includes(`alertname="${name}"`));
  for (const name of untested) console.error(`${name} is not tested: add it to ${TESTS}`);
  const statuses = [run("check", "rules", RULES), run("test", "rules", TESTS)].map(({ status }) => status);
  const isGood = names.length > 0 && untested.length === 0 && statuses.every((status) => status === 0);
  console.log(`promtool: ${names.length} alert rules ${isGood ? "fire and clear" : "do not all fire and clear"}`);
  return isGood ? 0 : 1;
}
