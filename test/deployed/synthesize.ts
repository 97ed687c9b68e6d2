import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync, rmSync } from "node:fs";
import path from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import * as z from "zod";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const CdkJson = z.object({ context: z.record(z.string(), z.unknown()) });

/** Synthesizes the app, as `cdk synth -c stage=…` does, into a folder. */
export async function synthesize(folder: string, stage: string): Promise<void> {
  rmSync(folder, { recursive: true, force: true });
  const { context } = CdkJson.parse(JSON.parse(readFileSync(path.join(ROOT, "cdk.json"), "utf8")));
  const CDK_CONTEXT_JSON = JSON.stringify({ ...context, stage });
  const child = spawn(process.execPath, [path.join(ROOT, "infra", "app.ts")], {
    cwd: ROOT,
    env: {
      ...process.env,
      BUNDLE_DIR: path.join(folder, "../bundles"),
      CDK_OUTDIR: folder,
      CDK_CONTEXT_JSON,
      CDK_VALIDATION: "false",
    },
    stdio: ["ignore", "ignore", "pipe"],
  });
  const [errors, [code]] = await Promise.all([text(child.stderr), once(child, "exit")]);
  if (code !== 0) throw new Error(`the app does not synthesize: ${errors.slice(0, 2000)}`);
}
