import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { StartedCloud } from "./support/started-cloud.ts";

const ROOT = path.resolve(import.meta.dirname, "../..");
const FOLDER = path.join(ROOT, "statemachines/cookbook");
const CLI = path.join(ROOT, "infra/cli/a2a.mjs");
/** Between what the blocks of a page print. */
const MARK = "==== end of block ====";

/** One thing that a page has its reader do, or see. */
interface Block {
  readonly kind: string;
  readonly text: string;
  /** The file that it is to be saved as. */
  readonly file: string | undefined;
}

/** Blocks of a page; a file is named in the words before it. */
function blocksOf(page: string): readonly Block[] {
  return [...page.matchAll(/([^`]*(?:`[^`\n]+`[^`]*)*)```(\w+)\n(.*?)```/gs)].map(([, before = "", kind = "", text = ""]) => ({
    kind,
    text,
    file: [...before.matchAll(/`([\w-]+\.(?:mjs|workflow\.yaml))`/g)].at(-1)?.[1],
  }));
}

/** What a page promises, as a pattern: `…` stands for anything. */
const promised = (text: string): RegExp => new RegExp(`^${text.trim().split("…").map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`)).join(".*")}$`, "s");

const cloud = new StartedCloud({ isGroup: true });

beforeAll(async () => {
  cloud.start("--no-job", "--latency-ms", "0");
  await cloud.ready();
});

afterAll(() => cloud.dispose());

/** Runs the commands of a page in one shell. @returns what each block printed. */
async function follow(blocks: readonly Block[]): Promise<readonly string[]> {
  const cwd = mkdtempSync(path.join(tmpdir(), "a2a-cookbook-"));
  for (const { file, text, kind } of blocks) if (kind !== "bash" && file !== undefined) writeFileSync(path.join(cwd, file), text);
  const { url, token } = cloud.connection();
  const commands = blocks.filter(({ kind }) => kind === "bash").map(({ text }) => `${text}\necho '${MARK}'`);
  // A page that fails leaves nothing running.
  const tidy = "trap 'kill $(jobs -p) 2> /dev/null || true' EXIT";
  const script = ["set -em", tidy, `npx() { shift; "${process.execPath}" "${CLI}" "$@"; }`, ...commands].join("\n");
  const child = spawn("bash", ["-c", script], { cwd, detached: true, env: { ...process.env, A2A_URL: url, A2A_TOKEN: token, NO_COLOR: "1" }, stdio: ["ignore", "pipe", "pipe"] });
  let [out, said] = ["", ""];
  child.stdout.on("data", (chunk) => (out += String(chunk)));
  child.stderr.on("data", (chunk) => (said += String(chunk)));
  const [code] = await once(child, "exit");
  rmSync(cwd, { recursive: true, force: true });
  expect(code, `${out}\n${said}`).toBe(0);
  return out.split(`${MARK}\n`).slice(0, -1);
}

describe("the cookbook", () => {
  it.each(readdirSync(FOLDER))("does what %s says, word by word", async (page) => {
    const blocks = blocksOf(readFileSync(path.join(FOLDER, page), "utf8"));
    const printed = await follow(blocks);
    let at = -1;
    for (const { kind, text } of blocks) {
      if (kind === "bash") at += 1;
      if (kind === "text") expect(printed[at]?.trim(), `block ${at}`).toMatch(promised(text));
    }
    expect(blocks.some(({ kind }) => kind === "text")).toBe(true);
  });
});
