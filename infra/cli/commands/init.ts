import type { Command } from "commander";
import { cpSync, existsSync, mkdirSync, readdirSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { UserError } from "../failures.ts";
import type { Session } from "../session.ts";

const STARTER = fileURLToPath(new URL("../starter", import.meta.url));

/** `init`. */
export function addInitCommand(program: Command, session: Session): void {
  program
    .command("init")
    .description("put a workflow, an agent and a test of both into a folder, to begin with")
    .argument("[folder]", "(default: this one); files that are there already are not touched", ".")
    .action((folder: string) => begin(session, folder));
}

function begin({ world, print }: Session, folder: string): void {
  const target = path.resolve(world.cwd, folder);
  const files = readdirSync(STARTER);
  const taken = files.filter((file) => existsSync(path.join(target, file)));
  if (taken.length > 0) {
    throw new UserError([`a2a: ${target} has ${taken.join(", ")} already — nothing was written; name another folder`]);
  }
  try {
    mkdirSync(target, { recursive: true });
    for (const file of files)
      cpSync(path.join(STARTER, file), path.join(target, file), { errorOnExist: true, force: false });
  } catch (error) {
    throw new UserError([`a2a: ${target} cannot be written`], { cause: error });
  }
  for (const file of files) print(path.join(folder, file));
  print("", `try it: cd ${folder} && node --test; README.md there says how to run it`);
}
