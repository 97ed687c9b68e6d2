import { readFileSync } from "node:fs";
import { EXIT } from "./failures.ts";
import { runCli } from "./run-cli.ts";

const stop = new AbortController();
const STOP_MS = 300;
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.on(signal, () => {
    stop.abort();
    // A command that waits for a reply rather than for events does not listen.
    setTimeout(() => process.exit(EXIT.user), STOP_MS).unref();
  });
}
// A reader that leaves early (`a2a logs … | head`) is no error.
process.stdout.on("error", () => process.exit(EXIT.done));

process.exitCode = await runCli(process.argv.slice(2), {
  stdout: process.stdout,
  stderr: process.stderr,
  readStdin: () => readFileSync(0, "utf8"),
  env: process.env,
  cwd: process.cwd(),
  signal: stop.signal,
});
