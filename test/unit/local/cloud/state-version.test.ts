import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { bringUpCloud } from "../../../../infra/local/start/cloud.ts";
import { claimVersion, StateVersionError } from "../../../../infra/local/state/state-version.ts";

let folder: string;
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), "a2a-state-"))));
afterEach(() => rmSync(folder, { recursive: true }));

describe("the version of the state folder", () => {
  it("is written into a new one, which opens again", () => {
    claimVersion(folder);
    writeFileSync(join(folder, "cloud.sqlite"), "");
    expect(() => claimVersion(folder)).not.toThrow();
    expect(readFileSync(join(folder, "version"), "utf8")).toBe("6");
  });

  it.each([{ version: undefined, found: 1 }, { version: "1", found: 1 }, { version: "4", found: 4 }, { version: "5", found: 5 }, { version: "7", found: 7 }])(
    "refuses one of version $version, and touches nothing in it",
    ({ version, found }) => {
      writeFileSync(join(folder, "cloud.sqlite"), "data");
      if (version !== undefined) writeFileSync(join(folder, "version"), version);
      expect(() => claimVersion(folder)).toThrow(new StateVersionError(folder, String(found)));
      expect(readFileSync(join(folder, "cloud.sqlite"), "utf8")).toBe("data");
    },
  );

  it("refuses to start with one line, and with the command that starts anew", async () => {
    writeFileSync(join(folder, "cloud.sqlite"), "data");
    const request = { assembly: folder, stateDir: folder, port: undefined, parameters: {}, log: () => {} };
    await expect(bringUpCloud(request)).rejects.toMatchObject({
      name: "Error",
      message: `the embedded cloud does not come up: ${folder} holds data of version 1, this program reads version 6`,
      remedy: `start anew, and keep what is there, with: mv ${folder} ${folder}.old && npm start`,
    });
  });
});
