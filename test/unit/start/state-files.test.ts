import { spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { plain } from "../../../infra/cli/view/paint.ts";
import { prepareAssembly } from "../../../infra/local/start/assembly.ts";
import { saveConnection } from "../../../infra/local/start/connection-file.ts";
import { StartError } from "../../../infra/local/start/failures.ts";
import { takeInstanceLock } from "../../../infra/local/start/instance-lock.ts";
import { createSteps } from "../../../infra/local/start/steps.ts";
import { summaryLines } from "../../../infra/local/start/summary.ts";

let folder = "";
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), "a2a-start-"))));
afterEach(() => rmSync(folder, { recursive: true }));

describe("saveConnection", () => {
  it("writes what the command reads, for its owner's eyes only", () => {
    const file = saveConnection(folder, { url: "http://127.0.0.1:1/dev", token: "t", websocket_url: "ws://127.0.0.1:2/dev", aws_endpoint: "http://127.0.0.1:3" });
    expect(JSON.parse(readFileSync(file, "utf8"))).toEqual({ url: "http://127.0.0.1:1/dev", token: "t", websocket_url: "ws://127.0.0.1:2/dev", aws_endpoint: "http://127.0.0.1:3" });
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readdirSync(folder)).toEqual(["connection.json"]);
  });
});

describe("takeInstanceLock", () => {
  const lockFile = () => join(folder, "start.pid");

  it("holds this process's number until it is released", () => {
    const lock = takeInstanceLock(folder);
    expect(readFileSync(lockFile(), "utf8")).toBe(String(process.pid));
    lock[Symbol.dispose]();
    expect(readdirSync(folder)).toEqual([]);
  });

  it("names the process that runs already", () => {
    // Any process whose command line looks like a start of ours.
    const other = spawn(process.execPath, ["-e", "setTimeout(() => {}, 60000)", "start.ts"]);
    try {
      writeFileSync(lockFile(), String(other.pid));
      expect(() => takeInstanceLock(folder)).toThrow(StartError);
      expect(() => takeInstanceLock(folder)).toThrow(`it is running already on ${folder} (pid ${other.pid})`);
    } finally {
      other.kill();
    }
  });

  it.each([
    { what: "of a process that is gone", content: "4194305" },
    { what: "whose number went to a stranger", content: "1" },
    { what: "that was cut off", content: "" },
  ])("takes over a lock $what", ({ content }) => {
    writeFileSync(lockFile(), content);
    using _ = takeInstanceLock(folder);
    expect(readFileSync(lockFile(), "utf8")).toBe(String(process.pid));
  });
});

describe("prepareAssembly", () => {
  const APP = `
    import { mkdirSync, writeFileSync } from "node:fs";
    mkdirSync(process.env.CDK_OUTDIR, { recursive: true });
    mkdirSync(process.env.BUNDLE_DIR, { recursive: true });
    writeFileSync(process.env.CDK_OUTDIR + "/bundles.txt", process.env.BUNDLE_DIR);
    writeFileSync(process.env.CDK_OUTDIR + "/context.json", process.env.CDK_CONTEXT_JSON);`;
  const write = (file: string, text: string): void => {
    mkdirSync(join(folder, "project", file, ".."), { recursive: true });
    writeFileSync(join(folder, "project", file), text);
  };
  const prepare = () => prepareAssembly(join(folder, "project"), join(folder, "state"));

  beforeEach(() => {
    for (const file of ["package.json", "package-lock.json"]) write(file, "{}");
    for (const file of ["functions/a.ts", "shared/b.ts", "statemachines/definitions/c.yaml", "infra/local/d.ts"])
      write(file, "");
    write("cdk.json", '{"context":{"flag":true}}');
    write("infra/app.ts", APP);
  });

  it("synthesizes once, with the context of cdk.json and the examples, and again when a source changes", async () => {
    expect(await prepare()).toEqual({ folder: join(folder, "state", "assembly"), isNew: true });
    expect(readFileSync(join(folder, "state", "assembly", "context.json"), "utf8")).toBe('{"flag":true,"examples":"true"}');
    expect((await prepare()).isNew).toBe(false);
    write("infra/local/d.ts", "// the embedded cloud is not part of the templates");
    expect((await prepare()).isNew).toBe(false);
    write("shared/b.ts", "// changed");
    expect((await prepare()).isNew).toBe(true);
  });

  it("builds bundles beside the assembly, where no other start builds, and leaves none", async () => {
    await prepare();
    const bundles = join(folder, "state", "bundles");
    expect(readFileSync(join(folder, "state", "assembly", "bundles.txt"), "utf8")).toBe(bundles);
    expect(existsSync(bundles)).toBe(false);
  });

  it("says why the app does not synthesize, and tries again next time", async () => {
    write("infra/app.ts", 'throw new Error("no such table");');
    await expect(prepare()).rejects.toThrow("the CDK app does not synthesize: Error: no such table");
    await expect(prepare()).rejects.toThrow(StartError);
    write("infra/app.ts", APP);
    expect((await prepare()).isNew).toBe(true);
  });
});

describe("what a start says", () => {
  it("times each step", async () => {
    const lines: string[] = [];
    let time = 0;
    const steps = createSteps({ write: (text) => lines.push(String(text)) > 0 }, plain, () => time);
    await steps.run(
      "templates",
      async () => void (time += 1250),
      () => "synthesized",
    );
    expect(lines).toEqual(["  ✓ templates        synthesized 1.3 s\n"]);
    expect(steps.elapsed()).toBe("1.3 s");
  });

  it("hands over the connection where the command would not find it", () => {
    const connection = { url: "http://127.0.0.1:1/dev", token: "t", websocket_url: "ws://127.0.0.1:2/dev", aws_endpoint: "http://127.0.0.1:3" };
    const lines = (stateDir: string) =>
      summaryLines({ connection, awsEndpoint: "http://127.0.0.1:2", socketUrl: "ws://127.0.0.1:3/dev", stateDir }, plain);
    expect(lines("/elsewhere")).toContain("  export A2A_URL=http://127.0.0.1:1/dev A2A_TOKEN=t");
    expect(lines(join(process.cwd(), ".local")).join("\n")).not.toContain("export");
    expect(lines("/elsewhere")).toContain(
      '  curl -H "Authorization: Bearer t" http://127.0.0.1:1/dev/api/v1/workflows',
    );
  });
});
