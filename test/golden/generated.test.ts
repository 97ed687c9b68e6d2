import aslValidator from "asl-validator";
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { generatedFiles, loadShippedWorkflows } from "../../infra/definitions.ts";
import { checkLimits } from "../../shared/workflow/compiler/check-limits.ts";

const GENERATED = path.resolve(import.meta.dirname, "../../statemachines/generated");

describe("statemachines/generated", () => {
  const expected = generatedFiles(loadShippedWorkflows({ examples: true }));

  it("holds what the compiler makes of the definitions; `npm run generate` brings it up to date", () => {
    const committed = new Map(
      readdirSync(GENERATED).map((file) => [file, readFileSync(path.join(GENERATED, file), "utf8")]),
    );
    expect(committed).toEqual(new Map(expected));
  });

  it.each([...expected])("%s is valid Amazon States Language within the quotas", (_file, text) => {
    expect(aslValidator(JSON.parse(text)).errors).toEqual([]);
    expect(checkLimits(text)).toEqual([]);
  });

  it("names no account, region or ARN of a machine", () => {
    for (const text of expected.values()) expect(text).not.toMatch(/arn:aws[\w-]*:states:[a-z0-9-]+:\d{12}/);
  });
});
