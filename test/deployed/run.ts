/** `npm run test:deployed -- --target NAME`: brings an AWS that we did not write, and runs the suite there. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { DeployedOptionError, type DeployedOptions, readOptions, USAGE } from "./options.ts";
import { startDynamoDbLocal } from "./emulators/dynamodb-local.ts";
import { NotHereError } from "./emulators/not-here.ts";
import { installMiniStack } from "./emulators/ministack.ts";
import { checkDocker } from "./targets/localstack.ts";
import { installCfnLint, lintTemplates } from "./cfn-lint.ts";
import { findPromtool, testAlertRules } from "./promtool.ts";
import { COST_ESTIMATE } from "./cost-estimate.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const REPORTERS = ["--reporter=default", "--reporter=./test/summary-reporter.ts"];

/** What may be missing is found out first, and told in a line. */
const PREPARATIONS: Partial<Record<DeployedOptions["target"], () => void>> = {
  ministack: installMiniStack,
  localstack: checkDocker,
  "cfn-lint": installCfnLint,
  promtool: findPromtool,
};

async function main(args: readonly string[]): Promise<number> {
  try {
    const options = readOptions(args);
    if (options.target === "aws") console.log(COST_ESTIMATE);
    if (options.target === "aws" && !options.acceptsCosts) {
      console.error("nothing was done: repeat with --i-accept-costs");
      return 2;
    }
    PREPARATIONS[options.target]?.();
    if (options.target === "cfn-lint") return await lintTemplates();
    if (options.target === "promtool") return testAlertRules();
    return options.target === "dynamodb-local" ? await runStoreSuite() : await runDeployedSuite(options);
  } catch (error) {
    if (error instanceof DeployedOptionError) console.error(`${error.message}\n\n${USAGE}`);
    else if (error instanceof NotHereError) console.error(`NOT RUN: ${error.message}`);
    else throw error;
    return 2;
  }
}

function runDeployedSuite({ target, publicUrl, publicPort }: DeployedOptions): Promise<number> {
  const table = "--reporter=./test/deployed/feature-table-reporter.ts";
  const door =
    publicUrl === undefined ? {} : { DEPLOYED_PUBLIC_URL: publicUrl, DEPLOYED_PUBLIC_PORT: String(publicPort) };
  return vitest(["--config", "test/deployed/vitest.config.ts", table, ...REPORTERS], {
    DEPLOYED_TARGET: target,
    ...door,
  });
}

async function runStoreSuite(): Promise<number> {
  await using dynamo = await startDynamoDbLocal();
  // One after another: each file makes the tables afresh.
  const projects = ["--config", "test/vitest.config.ts", "--project", "integration", "--project", "contract"];
  const suite = [...projects, "--no-file-parallelism", "test/integration/stores", "test/contract/dynamodb", "--exclude", "**/within/**"];
  return await vitest([...suite, ...REPORTERS], { DYNAMODB_ENDPOINT: dynamo.endpoint });
}

async function vitest(args: readonly string[], environment: Readonly<Record<string, string>>): Promise<number> {
  const command = [fileURLToPath(new URL("../../node_modules/vitest/vitest.mjs", import.meta.url)), "run", ...args];
  const child = spawn(process.execPath, command, {
    cwd: ROOT,
    env: { ...process.env, ...environment },
    stdio: "inherit",
  });
  // Ctrl-C reaches the child as well; it stops what it started, and we must outlive it.
  process.on("SIGINT", () => undefined);
  const [code] = await once(child, "exit");
  return typeof code === "number" ? code : 1;
}

process.exitCode = await main(process.argv.slice(2));
