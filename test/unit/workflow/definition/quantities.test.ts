import { describe, expect, it } from "vitest";
import { parseBytes, parseCpuCores } from "../../../../shared/workflow/definition/quantities.ts";

describe("amounts", () => {
  it.each([
    ["2000m", 2],
    ["4 cores", 4],
    ["1 core", 1],
    ["0.5", 0.5],
    ["2 vCPU", 2],
    ["0", undefined],
    ["-1", undefined],
    ["fast", undefined],
    ["2000 m cores", undefined],
  ])("reads %j as CPU cores", (text, cores) => {
    expect(parseCpuCores(text)).toBe(cores);
  });

  it.each([
    ["4Gi", 4_294_967_296],
    ["4 GiB", 4_294_967_296],
    ["8GB", 8_000_000_000],
    ["512Mi", 536_870_912],
    ["1.5k", 1500],
    ["100", 100],
    ["64 B", 64],
    ["0GB", undefined],
    ["much", undefined],
    ["4Xi", undefined],
  ])("reads %j as bytes", (text, bytes) => {
    expect(parseBytes(text)).toBe(bytes);
  });
});
