import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import path from "node:path";
import { createInterface, type Interface } from "node:readline";
import type { Writable } from "node:stream";
import { fileURLToPath } from "node:url";

const HERE = fileURLToPath(new URL(".", import.meta.url));
/** Environments and logs; git does not see it. */
export const WORK_DIR = path.join(HERE, "../../.local/agents");

/** A program on an SDK that we did not write. */
export interface Program {
  readonly id: string;
  /** As the table names it. */
  readonly name: string;
  /** Names where its packages are installed; of Python also the file of requirements that pins them. */
  readonly environment: string;
  readonly language: "python" | "go" | "node";
  /** Where the program lies. */
  readonly folder: string;
  /** The program in that folder, and its arguments; a Go program is a folder itself, with a `go.mod`. */
  readonly command: readonly [script: string, ...args: string[]];
}

/** Where an environment lies once it is installed. */
export const homeOf = ({ environment }: Pick<Program, "environment">): string => path.join(WORK_DIR, environment);

/** The pinned packages of a Python environment. */
export const requirementsOf = ({ environment }: Program): string =>
  path.join(HERE, "requirements", `${environment}.txt`);

function commandOf(program: Program): readonly [string, ...string[]] {
  const [script, ...args] = program.command;
  const bin = path.join(homeOf(program), "bin");
  switch (program.language) {
    case "python":
      return [path.join(bin, "python"), path.join(program.folder, script), ...args];
    case "go":
      return [path.join(bin, "program"), ...args];
    case "node":
      return [process.execPath, path.join(program.folder, script), ...args];
    default:
      return program.language satisfies never;
  }
}

/** A program that runs, and talks in lines. */
export class RunningProgram implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly lines: Interface;
  readonly input: Writable;
  /** What it says beside its lines. */
  readonly log: string;

  constructor(program: Program, environment: Readonly<Record<string, string>>) {
    const [command, ...args] = commandOf(program);
    this.log = path.join(WORK_DIR, `${program.id}.log`);
    const log = openSync(this.log, "w");
    const child = spawn(command, args, {
      env: { PATH: process.env["PATH"] ?? "", PYTHONDONTWRITEBYTECODE: "1", ...environment },
      stdio: ["pipe", "pipe", log],
    });
    closeSync(log);
    process.once("exit", () => child.kill("SIGKILL"));
    const { stdin, stdout } = child;
    if (stdin === null || stdout === null) throw new Error("its input and output are pipes");
    this.#child = child;
    this.input = stdin;
    this.lines = createInterface({ input: stdout });
  }

  /** The first line. @throws {Error} it ended without one. */
  async firstLine(): Promise<string> {
    return new Promise((resolve, reject) => {
      this.lines.once("line", resolve);
      this.lines.once("close", () => reject(new Error(`it ended before it was ready; see ${this.log}`)));
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const gone = new Promise((resolve) => this.#child.once("exit", resolve));
    this.#child.kill("SIGKILL");
    await gone;
  }
}
