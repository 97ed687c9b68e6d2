import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { text } from "node:stream/consumers";
import * as z from "zod";
import { WORK_DIR } from "../emulators/processes.ts";

const CDK = createRequire(import.meta.url).resolve("aws-cdk/bin/cdk");
const Outputs = z.record(z.string(), z.record(z.string(), z.string()));

/** What the CDK command works with. */
export interface CdkProject {
  readonly assembly: string;
  /** AWS_… variables. */
  readonly environment: Readonly<Record<string, string>>;
}

/** Runs the CDK command. @returns what it printed. @throws {Error} it fails, with the end of what it printed. */
export async function cdk({ assembly, environment }: CdkProject, args: readonly string[]): Promise<string> {
  const command = [CDK, ...args, "--app", assembly, "--no-notices", "--ci", "--no-color"];
  const child = spawn(process.execPath, command, {
    env: { ...inherited(), ...environment },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const [out, errors, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, "exit")]);
  if (code === 0) return `${out}${errors}`;
  const end = `${out}${errors}`
    .trim()
    .split("\n")
    .slice(-25)
    .map((line) => line.slice(0, 300));
  throw new Error(`cdk ${args[0] ?? ""} failed with ${code}:\n${end.join("\n")}`);
}

/** Deploys every stack; parameters go to the one of the API. @returns outputs by stack. */
export async function cdkDeploy(
  project: CdkProject,
  apiStack: string,
  parameters: Readonly<Record<string, string>>,
): Promise<z.output<typeof Outputs>> {
  const file = path.join(WORK_DIR, "outputs.json");
  const given = Object.entries(parameters).flatMap(([name, value]) => ["--parameters", `${apiStack}:${name}=${value}`]);
  await cdk(project, ["deploy", "--all", "--require-approval", "never", "--outputs-file", file, ...given]);
  return Outputs.parse(JSON.parse(readFileSync(file, "utf8")));
}

/** Nothing of AWS: an account's profile must not take part when an emulator is meant. */
const inherited = (): NodeJS.ProcessEnv =>
  Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !name.startsWith("AWS_") && !name.startsWith("VITEST")),
  );
