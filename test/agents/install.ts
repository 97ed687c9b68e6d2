import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { runToEnd } from "../deployed/emulators/processes.ts";
import { homeOf, requirementsOf, type Stack, WORK_DIR } from "./stacks.ts";

/**
 * Installs the packages of a stack from PyPI into an environment of its own, unless they are there as pinned.
 *
 * @throws {NotHereError} Python is missing, or PyPI is not reached.
 */
export function installStack(stack: Stack): void {
  const home = homeOf(stack);
  const pins = readFileSync(requirementsOf(stack), "utf8");
  const receipt = path.join(home, "requirements.txt");
  if (existsSync(receipt) && readFileSync(receipt, "utf8") === pins) return;
  mkdirSync(WORK_DIR, { recursive: true });
  const draft = `${home}.draft`;
  for (const folder of [draft, home]) rmSync(folder, { recursive: true, force: true });
  runToEnd(["python3", "-m", "venv", draft], "agents need Python 3.11 or newer with venv (Debian: python3-venv)");
  const pip = [path.join(draft, "bin", "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"] as const;
  runToEnd([...pip, "-r", requirementsOf(stack)], `fetching ${stack.name} from PyPI`);
  writeFileSync(path.join(draft, "requirements.txt"), pins);
  renameSync(draft, home);
}
