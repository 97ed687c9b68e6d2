import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { launch, type Launched, WORK_DIR } from "./processes.ts";
import { installFromPyPi } from "./python.ts";

const REQUIREMENTS = fileURLToPath(new URL("ministack.requirements.txt", import.meta.url));
const HOME = path.join(WORK_DIR, "ministack");

/** A running MiniStack. */
export interface MiniStack extends AsyncDisposable {
  /** Its own port, behind the front door. */
  readonly address: string;
  /** Where everything it writes goes, the output of functions included. */
  readonly log: string;
}

/** How others reach it. */
export interface MiniStackPlace {
  /** Goes into every URL that it gives out. */
  readonly port: number;
  readonly ownPort: number;
  readonly region: string;
}

/**
 * Starts MiniStack with its IAM enforced.
 *
 * Its functions run on the `node` that is first on the PATH: ours, and so Node 24.
 *
 * @throws {NotHereError} it does not start.
 */
export async function startMiniStack({ port, ownPort, region }: MiniStackPlace): Promise<MiniStack> {
  const address = `http://127.0.0.1:${ownPort}`;
  const scratch = mkdtempSync(path.join(tmpdir(), "ministack-"));
  // Its Node worker is CommonJS in a `.js` file: a package.json of somebody else further up must not make it a module.
  writeFileSync(path.join(scratch, "package.json"), '{ "type": "commonjs" }\n');
  const running = await launch({
    name: "ministack.run",
    command: [
      path.join(HOME, "bin", "python"),
      "-m",
      "hypercorn",
      "ministack.app:app",
      "--bind",
      `127.0.0.1:${ownPort}`,
      "--keep-alive",
      "75",
    ],
    environment: {
      PATH: `${path.dirname(process.execPath)}:${process.env["PATH"] ?? ""}`,
      HOME: scratch,
      TMPDIR: scratch,
      AUTH: "true",
      MINISTACK_HOST: "127.0.0.1",
      MINISTACK_REGION: region,
      AWS_DEFAULT_REGION: region,
      GATEWAY_PORT: String(port),
      AWS_ENDPOINT_URL: `http://127.0.0.1:${port}`,
      // Ports of their own that nobody here needs.
      SFTP_ENABLED: "0",
      IOT_MTLS_ENABLED: "0",
    },
    isReady: async () => (await fetch(`${address}/_ministack/health`)).ok,
  });
  return { address, log: running.log, [Symbol.asyncDispose]: () => close(running, scratch) };
}

async function close(running: Launched, scratch: string): Promise<void> {
  await running[Symbol.asyncDispose]();
  rmSync(scratch, { recursive: true, force: true });
}

/**
 * Installs MiniStack from PyPI into an environment of its own, unless it is there.
 *
 * @throws {NotHereError} Python is missing, or PyPI is not reached.
 */
export const installMiniStack = (): void => installFromPyPi("MiniStack", HOME, REQUIREMENTS);
