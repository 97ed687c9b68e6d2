import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { DamagedLogError, Journal, readJournal } from "../../../../infra/local/dynamodb/store/journal.ts";

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), "a2a-journal-"));
  file = path.join(folder, "log");
});
afterEach(() => rmSync(folder, { recursive: true }));

async function write(...bodies: string[]): Promise<void> {
  const journal = new Journal(file, false);
  for (const body of bodies) journal.append(body);
  await journal.committed();
  journal.close();
}

describe("the log", () => {
  it("holds what was appended in a turn once it is committed, and not before", async () => {
    const journal = new Journal(file, true);
    journal.append('["é"]');
    journal.append("[2]");
    expect(readFileSync(file, "utf8")).toBe("");
    await journal.committed();
    journal.close();
    expect(readJournal(file, true)).toEqual(['["é"]', "[2]"]);
    expect(readFileSync(file, "utf8").split("\n")).toHaveLength(3);
  });

  it("loses only its last line, wherever that was torn", async () => {
    await write("[1]", "[2]", '["three"]');
    const whole = readFileSync(file);
    const second = whole.indexOf('["three"]') - "12345678 ".length;
    for (let length = second; length < whole.byteLength; length += 1) {
      writeFileSync(file, whole.subarray(0, length));
      expect(readJournal(file, true)).toEqual(["[1]", "[2]"]);
      expect(readFileSync(file).byteLength).toBe(second);
    }
  });

  it("goes on behind a line that was torn", async () => {
    await write("[1]");
    appendFileSync(file, "0badc0de [2");
    expect(readJournal(file, true)).toEqual(["[1]"]);
    await write("[3]");
    expect(readJournal(file, true)).toEqual(["[1]", "[3]"]);
  });

  it("leaves a torn line alone when it is only looked at", async () => {
    await write("[1]");
    appendFileSync(file, "torn");
    const before = readFileSync(file);
    expect(readJournal(file, false)).toEqual(["[1]"]);
    expect(readFileSync(file)).toEqual(before);
  });

  it("refuses damage with good lines behind it", async () => {
    await write("[1]", "[2]", "[3]");
    writeFileSync(file, readFileSync(file, "utf8").replace("[2]", "[4]"));
    expect(() => readJournal(file, true)).toThrow(new DamagedLogError(file, 2));
  });

  it("begins anew when it is cleared", async () => {
    const journal = new Journal(file, false);
    journal.append("[1]");
    await journal.committed();
    journal.clear();
    expect(journal.size).toBe(0);
    journal.append("[2]");
    await journal.committed();
    journal.close();
    expect(readJournal(file, true)).toEqual(["[2]"]);
  });

  it("is empty where there is none", () => {
    expect(readJournal(file, true)).toEqual([]);
    expect(existsSync(file)).toBe(false);
  });

  it.skipIf(!existsSync("/dev/full"))("takes nothing any more once a write failed", async () => {
    const journal = new Journal("/dev/full", false);
    journal.append("[1]");
    await expect(journal.committed()).rejects.toThrow("ENOSPC");
    expect(() => journal.append("[2]")).toThrow("the log of the database could not be written");
    journal.close();
  });

  it("ignores a file that a kill left empty", () => {
    writeFileSync(file, "");
    truncateSync(file, 0);
    expect(readJournal(file, true)).toEqual([]);
  });
});
