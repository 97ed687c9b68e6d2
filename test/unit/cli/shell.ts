import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { runCli } from "../../../infra/cli/run-cli.ts";

/** A definition of two tasks whose version looks like a number. */
export const SMALL = `
workflow:
  name: small
  version: 1.10
  agents:
    worker: { type: worker, capabilities: [work] }
  tasks:
    - { id: fetch, agent: worker, skill: work }
    - { id: report, agent: worker, skill: work, depends_on: [fetch] }
`;

/** How a command ended and what it wrote. */
export interface Outcome {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** A folder with `SMALL` in it, and the command run there. */
export interface Shell extends Disposable {
  readonly folder: string;
  /** Path of `SMALL`. */
  readonly small: string;
  readonly run: (
    args: readonly string[],
    given?: { readonly env?: NodeJS.ProcessEnv; readonly stdin?: string },
  ) => Promise<Outcome>;
}

export function openShell(): Shell {
  const folder = mkdtempSync(path.join(tmpdir(), "a2a-cli-"));
  const small = path.join(folder, "small.workflow.yaml");
  writeFileSync(small, SMALL);
  return {
    folder,
    small,
    run: async (args, { env = {}, stdin = "" } = {}) => {
      const written = { out: "", err: "" };
      const code = await runCli(args, {
        stdout: { write: (text: string | Uint8Array) => ((written.out += String(text)), true) },
        stderr: { write: (text: string | Uint8Array) => ((written.err += String(text)), true) },
        readStdin: () => stdin,
        // No profiles but those of the test.
        env: { HOME: folder, ...env },
        cwd: folder,
        signal: new AbortController().signal,
      });
      return { code, ...written };
    },
    [Symbol.dispose]: () => rmSync(folder, { recursive: true }),
  };
}
