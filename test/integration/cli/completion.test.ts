import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { Command, Option } from "commander";
import { describe, expect, it } from "vitest";
import { completionsOf } from "../../../infra/cli/completion/completions.ts";
import { SHELLS } from "../../../infra/cli/completion/shells.ts";
import { openShell } from "../../unit/cli/shell.ts";

const ROOT = path.resolve(import.meta.dirname, "../../..");

function program(): Command {
  const root = new Command("a2a").option("--profile <name>");
  const agents = root.command("agents").alias("agent").option("--watch");
  agents.command("register").argument("<url>").addOption(new Option("--level <level>").choices(["low", "high"]));
  agents.command("list").option("-n, --limit <n>").option("--all");
  root.command("secret", { hidden: true });
  return root;
}

const completed = (...words: string[]): readonly string[] => completionsOf(program(), words, { "--profile": () => ["prod", "dev"] });

describe("completing a command line", () => {
  it.each([
    { words: [""], found: ["agents", "help"] },
    { words: ["a"], found: ["agents"] },
    { words: ["agents", ""], found: ["register", "list", "help"] },
    { words: ["agent", "re"], found: ["register"] },
    { words: ["--profile", "dev", "ag"], found: ["agents"] },
    { words: ["--profile", "p"], found: ["prod"] },
    { words: ["agents", "list", "--l"], found: ["--limit"] },
    { words: ["agents", "list", "--pro"], found: ["--profile"] },
    { words: ["agents", "register", "--level", ""], found: ["low", "high"] },
    { words: ["agents", "register", "http://x", "--level", "h"], found: ["high"] },
    { words: ["agents", "list", "-n", ""], found: [] },
    { words: ["agents", "list", "--all", "x"], found: [] },
    { words: ["agents", "register", "re"], found: [] },
    { words: ["no-such", "ag"], found: [] },
  ])("of $words offers $found", ({ words, found }) => {
    expect(completed(...words)).toEqual(found);
  });

  it("offers every command that the help lists, and the shells", async () => {
    using shell = openShell();
    const { out } = await shell.run(["--help"]);
    const listed = [...out.matchAll(/^ {2}(\w[\w-]*)/gm)].map(([, name]) => name);
    expect(new Set((await shell.run(["complete", "--", ""])).out.trim().split("\n"))).toEqual(new Set(listed));
    expect((await shell.run(["complete", "--", "completion", ""])).out).toBe("bash\nzsh\nfish\n");
    expect((await shell.run(["completion", "tcsh"])).code).toBe(2);
  });
});

/** Runs lines of bash in which `a2a` is the command of this checkout. */
function bash(lines: string): string {
  const folder = mkdtempSync(path.join(tmpdir(), "a2a-bash-"));
  try {
    const script = path.join(folder, "completion.bash");
    writeFileSync(script, SHELLS.bash);
    const command = `a2a() { "${process.execPath}" "${path.join(ROOT, "infra/cli/a2a.mjs")}" "$@"; }\nsource "${script}"\n${lines}`;
    return execFileSync("bash", ["--norc", "-c", command], { encoding: "utf8", env: { PATH: process.env["PATH"], HOME: folder } });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function hasBash(): boolean {
  try {
    return execFileSync("bash", ["-c", "echo $BASH_VERSION"], { encoding: "utf8" }).trim() !== "";
  } catch {
    return false;
  }
}

describe.runIf(hasBash())("bash", () => {
  it("offers what the command says, and files where it says nothing", () => {
    const ask = (words: string, at: number): string => `COMP_WORDS=(${words}); COMP_CWORD=${at}; _a2a; echo "\${COMPREPLY[*]}"`;
    expect(bash(`${ask("a2a agents reg", 2)}; ${ask("a2a show exec", 2)}; complete -p a2a`).split("\n").slice(0, 3)).toEqual([
      "register",
      "",
      "complete -o default -F _a2a a2a",
    ]);
  });
});
