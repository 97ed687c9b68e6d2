import { describe, expect, it } from "vitest";
import { files, readSource } from "./source-files.ts";

describe("loggers", () => {
  it("mask personal data and secrets, every one", () => {
    const makers = files.filter((file) => /^(functions|shared)\//.test(file) && readSource(file).includes("new Logger("));
    expect(makers.length).toBeGreaterThan(20);
    expect(makers.filter((file) => !readSource(file).includes("jsonReplacerFn: maskLogged"))).toEqual([]);
  });
});
