#!/usr/bin/env node
// The host's Node may be older than ours: this file runs on Node 18 and later, and hands over to Node 24.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { constants } from "node:os";
import { dirname, join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";

const REQUIRED_MAJOR = 24;

function findNode() {
  if (Number(process.versions.node.split(".")[0]) >= REQUIRED_MAJOR) return process.execPath;
  try {
    const manifest = createRequire(import.meta.url).resolve(`node-${process.platform}-${process.arch}/package.json`);
    const binary = join(dirname(manifest), "bin", "node");
    return existsSync(binary) ? binary : undefined;
  } catch {
    return undefined;
  }
}

const node = findNode();
if (node === undefined) {
  const remedy = `run \`npm ci\` in the project, or install Node ${REQUIRED_MAJOR}`;
  console.error(`a2a: needs Node ${REQUIRED_MAJOR}, this is ${process.version} — ${remedy}`);
  process.exit(3);
}
const main = fileURLToPath(new URL("main.ts", import.meta.url));
const child = spawn(node, [main, ...process.argv.slice(2)], { stdio: "inherit" });
// The command decides how to end; a signal it has from the terminal already does no harm twice.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
child.on("error", (error) => {
  console.error(`a2a: cannot start ${node}: ${error.message}`);
  process.exit(3);
});
child.on("exit", (code, signal) => process.exit(code ?? 128 + (constants.signals[signal ?? "SIGTERM"] ?? 15)));
