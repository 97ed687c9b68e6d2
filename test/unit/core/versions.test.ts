import { describe, expect, it } from "vitest";
import { compareVersions, parseVersionConstraint, satisfies } from "../../../shared/core/versions.ts";

const meets = (version: string, constraint: string): boolean | undefined => {
  const parsed = parseVersionConstraint(constraint);
  return parsed === undefined ? undefined : satisfies(version, parsed);
};

describe("compareVersions", () => {
  // The example of semver.org §11, then what it says about numbers and builds.
  const ordered = ["1.0.0-alpha", "1.0.0-alpha.1", "1.0.0-alpha.beta", "1.0.0-beta", "1.0.0-beta.2", "1.0.0-beta.11", "1.0.0-rc.1", "1.0.0", "1.0.1", "1.2.0", "1.10.0", "2.0.0"];

  it("orders versions as semver.org does", () => {
    const shuffled = ordered.toSorted();
    expect(shuffled.sort((a, b) => compareVersions(a, b) ?? Number.NaN)).toEqual(ordered);
    for (const [low, version] of ordered.entries()) {
      for (const higher of ordered.slice(low + 1)) {
        expect(compareVersions(version, higher), `${version} < ${higher}`).toBeLessThan(0);
        expect(compareVersions(higher, version), `${higher} > ${version}`).toBeGreaterThan(0);
      }
    }
  });

  it("ignores builds", () => {
    expect(compareVersions("1.0.0+linux", "1.0.0+mac")).toBe(0);
  });

  it.each(["1.0", "v1.0.0", "latest", ""])("cannot compare '%s'", (text) => {
    expect(compareVersions(text, "1.0.0")).toBeUndefined();
  });
});

describe("satisfies", () => {
  it.each([
    { version: "1.2.0", constraint: ">=1.2.0", does: true },
    { version: "1.1.9", constraint: ">=1.2.0", does: false },
    { version: "1.10.0", constraint: ">=1.9.0", does: true },
    { version: "1.0.0", constraint: ">1.0.0", does: false },
    { version: "1.0.1", constraint: ">1.0.0", does: true },
    { version: "2.1.3", constraint: "=2.1.3", does: true },
    { version: "2.1.4", constraint: "=2.1.3", does: false },
    { version: "2.1.3+build.7", constraint: "2.1.3", does: true },
    { version: "2.0.0-rc.1", constraint: ">=2.0.0", does: false },
    { version: "2.0.0-rc.1", constraint: ">1.9.0", does: true },
    { version: "1.5.0", constraint: ">=1.2.0, <2.0.0", does: true },
    { version: "2.0.0", constraint: ">=1.2.0 <2.0.0", does: false },
    { version: "1.5.0", constraint: ">= 1.2.0", does: true },
    { version: "2.0.0", constraint: "<=2.0.0", does: true },
    { version: "not a version", constraint: ">=0.0.0", does: false },
  ])("$version meets '$constraint': $does", ({ version, constraint, does }) => {
    expect(meets(version, constraint)).toBe(does);
  });

  it.each(["", ">=", ">=1.2", "~1.2.0", ">=1.2.0 or so", "=>1.0.0", "^1.0.0"])("'%s' is no constraint", (text) => {
    expect(parseVersionConstraint(text)).toBeUndefined();
  });
});
