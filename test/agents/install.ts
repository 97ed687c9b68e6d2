import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { runToEnd } from "../deployed/emulators/processes.ts";
import { homeOf, type Program, requirementsOf, WORK_DIR } from "./program.ts";

/**
 * Installs what a program needs into an environment of its own, unless it is there as pinned.
 *
 * @throws {NotHereError} its language is missing, or PyPI or the Go proxy is not reached.
 */
export function installProgram(program: Program): void {
  mkdirSync(WORK_DIR, { recursive: true });
  // Its packages are the project's own.
  if (program.language === "node") return;
  const home = homeOf(program);
  const pins = pinsOf(program);
  const receipt = path.join(home, "pins.txt");
  if (existsSync(receipt) && readFileSync(receipt, "utf8") === pins) return;
  const draft = `${home}.draft`;
  for (const folder of [draft, home]) rmSync(folder, { recursive: true, force: true });
  if (program.language === "go") buildGo(program, draft);
  else installPython(program, draft);
  writeFileSync(path.join(draft, "pins.txt"), pins);
  renameSync(draft, home);
}

const sourceOf = ({ folder, command: [script] }: Program): string => path.join(folder, script);

/** What is to be installed, word by word: when it changes, it is installed anew. */
function pinsOf(program: Program): string {
  const files =
    program.language === "go"
      ? ["go.mod", "go.sum", "main.go"].map((file) => path.join(sourceOf(program), file))
      : [requirementsOf(program)];
  return files.map((file) => readFileSync(file, "utf8")).join("\n");
}

function buildGo(program: Program, draft: string): void {
  const command = ["go", "-C", sourceOf(program), "build", "-o", path.join(draft, "bin", "program"), "."] as const;
  runToEnd(command, `building ${program.name} needs Go 1.21 or newer (Debian: golang-go) and the Go module proxy`);
}

function installPython(program: Program, draft: string): void {
  runToEnd(["python3", "-m", "venv", draft], "agents need Python 3.11 or newer with venv (Debian: python3-venv)");
  const pip = [
    path.join(draft, "bin", "python"),
    "-m",
    "pip",
    "install",
    "--quiet",
    "--disable-pip-version-check",
  ] as const;
  runToEnd([...pip, "-r", requirementsOf(program)], `fetching ${program.name} from PyPI`);
}
