import { existsSync, mkdirSync, renameSync, rmSync } from "node:fs";
import path from "node:path";
import { runToEnd, WORK_DIR } from "./processes.ts";

/**
 * Installs packages from PyPI into a virtual environment of their own, unless it is there.
 *
 * @throws {NotHereError} Python is missing, or PyPI is not reached.
 */
export function installFromPyPi(name: string, home: string, requirements: string): void {
  if (existsSync(home)) return;
  mkdirSync(WORK_DIR, { recursive: true });
  const draft = `${home}.draft`;
  rmSync(draft, { recursive: true, force: true });
  runToEnd(["python3", "-m", "venv", draft], `${name} needs Python 3.10 or newer with venv (Debian: python3-venv)`);
  const python = path.join(draft, "bin", "python");
  const install = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r", requirements];
  runToEnd([python, ...install], `fetching ${name} from PyPI`);
  renameSync(draft, home);
}
