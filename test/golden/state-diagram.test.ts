import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { diagramOf, edgeTableOf, LIFE_PAGE, type Life, LIVES, withLives } from "./state-diagram.ts";

/** A door that stands open or shut until it is bricked up. */
const DOOR: Life = {
  groups: { usable: ["open", "shut"], "out of use": ["bricked", "gone"] },
  ends: "out of use",
  edges: {
    shut: { from: ["open"], to: "shut", tells: ["door.shut"] },
    opened: { from: ["shut"], to: ["open"], tells: ["door.opened", "bell.rung"] },
    slammed: { from: ["open", "shut"], to: "shut", tells: ["door.shut"] },
    painted: { from: ["open", "shut", "bricked"], to: "same", tells: [] },
    walled: { from: ["open", "shut"], to: ["bricked", "gone"], tells: [] },
    restored: { from: ["bricked", "gone"], to: "shut", tells: [] },
  },
};

describe("the diagrams of shared/README.md", () => {
  it("are as the tables of edges say; `npm run generate` brings them up to date", () => {
    const page = readFileSync(LIFE_PAGE, "utf8");
    expect(page).toBe(withLives(page, LIVES));
  });

  it("draw one arrow between two states, from a whole group where all of it may leave", () => {
    expect(diagramOf(DOOR).split("\n")).toEqual([
      "flowchart LR",
      '  subgraph usable ["usable"]',
      "    open",
      "    shut",
      "  end",
      '  subgraph out_of_use ["out of use"]',
      "    bricked",
      "    gone",
      "  end",
      '  open -->|"shut<br>slammed"| shut',
      '  shut -->|"opened"| open',
      '  usable -->|"walled"| bricked',
      '  usable -->|"walled"| gone',
    ]);
  });

  it("list every edge, those that stay and those that leave an end included", () => {
    expect(edgeTableOf(DOOR).split("\n").slice(2)).toEqual([
      "| `shut` | open | shut | `door.shut` |",
      "| `opened` | shut | open | `door.opened`, `bell.rung` |",
      "| `slammed` | usable | shut | `door.shut` |",
      "| `painted` | usable, bricked | stays |  |",
      "| `walled` | usable | bricked, gone |  |",
      "| `restored` | out of use | shut |  |",
    ]);
  });

  it("go between their markers, and nowhere else", () => {
    const page = "before\n<!-- life of door: begin -->\nstale\n<!-- life of door: end -->\nafter\n";
    const drawn = withLives(page, { door: DOOR });
    expect(drawn).toMatch(/^before\n<!-- life of door: begin -->\n\n```mermaid\nflowchart LR\n/);
    expect(drawn).toMatch(/\| `restored` \| out of use \| shut \|  \|\n\n<!-- life of door: end -->\nafter\n$/);
    expect(drawn).not.toContain("stale");
    expect(withLives(drawn, { door: DOOR })).toBe(drawn);
    expect(() => withLives("no markers", { door: DOOR })).toThrow("the page needs the lines");
  });
});
