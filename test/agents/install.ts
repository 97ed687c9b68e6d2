import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { runToEnd } from "../deployed/emulators/processes.ts";
import { homeOf, requirementsOf, SERVERS, type Stack, WORK_DIR } from "./stacks.ts";

/**
 * Installs what a stack needs into an environment of its own, unless it is there as pinned.
 *
 * @throws {NotHereError} its language is missing, or PyPI or the Go proxy is not reached.
 */
export function installStack(stack: Stack): void {
  const home = homeOf(stack);
  const pins = pinsOf(stack);
  const receipt = path.join(home, "pins.txt");
  if (existsSync(receipt) && readFileSync(receipt, "utf8") === pins) return;
  mkdirSync(WORK_DIR, { recursive: true });
  const draft = `${home}.draft`;
  for (const folder of [draft, home]) rmSync(folder, { recursive: true, force: true });
  if (stack.language === "go") buildGo(stack, draft);
  else installPython(stack, draft);
  writeFileSync(path.join(draft, "pins.txt"), pins);
  renameSync(draft, home);
}

/** What is to be installed, word by word: when it changes, it is installed anew. */
function pinsOf(stack: Stack): string {
  const files = stack.language === "go" ? ["go.mod", "go.sum", "main.go"].map((file) => path.join(SERVERS, "go", file)) : [requirementsOf(stack)];
  return files.map((file) => readFileSync(file, "utf8")).join("\n");
}

function buildGo(stack: Stack, draft: string): void {
  const command = ["go", "-C", path.join(SERVERS, "go"), "build", "-o", path.join(draft, "bin", "agents"), "."] as const;
  runToEnd(command, `building ${stack.name} needs Go 1.21 or newer (Debian: golang-go) and the Go module proxy`);
}

function installPython(stack: Stack, draft: string): void {
  runToEnd(["python3", "-m", "venv", draft], "agents need Python 3.11 or newer with venv (Debian: python3-venv)");
  const pip = [path.join(draft, "bin", "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"] as const;
  runToEnd([...pip, "-r", requirementsOf(stack)], `fetching ${stack.name} from PyPI`);
}
