/**
 * `npm run test:agents [-- --stack ID …]`: servers made with SDKs that we did not write, as agents of our workflows; and
 * clients made with them, as callers of our endpoint.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { NotHereError } from "../deployed/emulators/not-here.ts";
import { CLIENT_STACKS } from "./client-stacks.ts";
import { installProgram } from "./install.ts";
import { STACKS } from "./stacks.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const PROGRAMS = [...STACKS, ...CLIENT_STACKS];
const FILES = [
  { file: "test/agents/foreign-agents.test.ts", programs: STACKS },
  { file: "test/agents/foreign-clients.test.ts", programs: CLIENT_STACKS },
  { file: "test/agents/foreign-clients-kill.test.ts", programs: CLIENT_STACKS },
];
const REPORTERS = ["default", "./test/agents/table-reporter.ts", "./test/summary-reporter.ts"];

async function main(args: string[]): Promise<number> {
  const { values } = parseArgs({ args, options: { stack: { type: "string", multiple: true } } });
  const wanted = values.stack ?? PROGRAMS.map(({ id }) => id);
  const unknown = wanted.filter((id) => !PROGRAMS.some((stack) => stack.id === id));
  if (unknown.length > 0) {
    console.error(`no stack ${unknown.join(", ")}; there are ${PROGRAMS.map(({ id }) => id).join(", ")}`);
    return 2;
  }
  try {
    for (const program of PROGRAMS.filter(({ id }) => wanted.includes(id))) installProgram(program);
  } catch (error) {
    if (!(error instanceof NotHereError)) throw error;
    console.error(`NOT RUN: ${error.message}`);
    return 2;
  }
  const files = FILES.filter(({ programs }) => programs.some(({ id }) => wanted.includes(id))).map(({ file }) => file);
  const vitest = fileURLToPath(new URL("../../node_modules/vitest/vitest.mjs", import.meta.url));
  const reporters = REPORTERS.map((name) => `--reporter=${name}`);
  const child = spawn(process.execPath, [vitest, "run", "--config", "test/agents/vitest.config.ts", ...reporters, ...files], {
    cwd: ROOT,
    env: { ...process.env, AGENT_STACKS: wanted.join(",") },
    stdio: "inherit",
  });
  // Ctrl-C reaches the child as well; it stops what it started, and we must outlive it.
  process.on("SIGINT", () => undefined);
  const [code] = await once(child, "exit");
  return typeof code === "number" ? code : 1;
}

process.exitCode = await main(process.argv.slice(2));
