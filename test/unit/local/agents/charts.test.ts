import { describe, expect, it } from "vitest";

import { barChart, heatMap, lineChart } from "../../../../infra/local/agents/charts.ts";

const count = (svg: string, tag: string): number => svg.split(`<${tag} `).length - 1;

describe("charts", () => {
  it("draws one line per series, from the lowest value at the bottom to the highest at the top", () => {
    const points = [
      { x: "2000-01-01", y: 0 },
      { x: "2000-02-01", y: 1 },
    ];
    const svg = lineChart("Growth", [
      { name: "A", points },
      { name: "B", points: [{ x: "2000-02-01", y: 0.5 }] },
    ]);
    expect(svg).toContain('points="64.0,316.0 640.0,44.0"');
    expect(svg).toContain('points="640.0,180.0"');
    expect(count(svg, "polyline")).toBe(2);
  });

  it("draws bars up and down from zero", () => {
    const svg = barChart("Falls", [
      { name: "A", value: -0.5 },
      { name: "B", value: 0.5 },
    ]);
    expect(svg).toContain('y="180.0" width="172.8" height="136.0"');
    expect(svg).toContain('y="44.0" width="172.8" height="136.0"');
  });

  it("draws a square of coefficients", () => {
    const svg = heatMap(
      "Correlation",
      ["A", "B"],
      [
        [1, -0.25],
        [-0.25, 1],
      ],
    );
    expect(svg).toContain("rgba(76,120,168,0.25)");
    expect(svg).toContain("rgba(228,87,86,1.00)");
  });

  it("escapes names", () => {
    expect(barChart("<script>", [{ name: "A&B", value: 1 }])).toMatch(/^<svg(?!.*<script>).*A&amp;B/);
  });

  it.each([
    { chart: "lines", svg: lineChart("none", []) },
    { chart: "bars", svg: barChart("none", []) },
    { chart: "squares", svg: heatMap("none", [], []) },
  ])("$chart of nothing are an empty frame", ({ svg }) => {
    expect(svg).toMatch(/^<svg .*<\/svg>$/);
    expect(svg).not.toContain("NaN");
  });
});
