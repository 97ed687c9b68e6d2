import { describe, expect, it } from "vitest";
import { OptionError, readOptions } from "../../../infra/local/start/options.ts";

describe("readOptions", () => {
  it("has a default for everything", () => {
    expect(readOptions([], "/home/me")).toEqual({
      exit: false,
      runJob: true,
      port: undefined,
      stateDir: "/home/me/.local",
      latencyMs: undefined,
      syncs: false,
      hookCommands: [],
      allowsOpenCommands: false,
    });
  });

  it("reads every option", () => {
    const args = ["--exit", "--port", "4700", "--state", "/data", "--latency-ms", "0", "--sync", "--hook-commands", "jq,git", "--allow-command-hooks"];
    expect(readOptions(args, "/home/me")).toEqual({
      exit: true,
      runJob: true,
      port: 4700,
      stateDir: "/data",
      latencyMs: 0,
      syncs: true,
      hookCommands: ["jq", "git"],
      allowsOpenCommands: true,
    });
    expect(readOptions(["--no-job"], "/")).toMatchObject({ runJob: false });
    expect(readOptions(["--help"], "/")).toBe("help");
  });

  it.each([
    { args: ["--port", "http"], message: "--port takes a whole number from 1 to 65535, not 'http'" },
    { args: ["--port", "70000"], message: "--port takes a whole number from 1 to 65535, not '70000'" },
    { args: ["--port", "0"], message: "--port takes a whole number from 1 to 65535, not '0'" },
    { args: ["--latency-ms", "1.5"], message: "--latency-ms takes a whole number from 0 to 600000, not '1.5'" },
    { args: ["--latency-ms", "-5"], message: "Option '--latency-ms' argument is ambiguous" },
    { args: ["--porto"], message: "Unknown option '--porto'" },
    { args: ["job"], message: "Unexpected argument 'job'" },
    { args: ["--exit", "--no-job"], message: "--exit waits for the job that --no-job leaves out" },
  ])("refuses $args", ({ args, message }) => {
    expect(() => readOptions(args, "/")).toThrow(OptionError);
    expect(() => readOptions(args, "/")).toThrow(message);
  });
});
