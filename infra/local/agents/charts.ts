/** Small SVG charts, drawn from numbers alone. Pure functions. */

export interface Series {
  readonly name: string;
  readonly points: readonly { readonly x: string; readonly y: number }[];
}

export interface Bar {
  readonly name: string;
  readonly value: number;
}

const WIDTH = 760;
const HEIGHT = 360;
const PLOT = { left: 64, top: 44, right: 640, bottom: 316 } as const;
const COLOURS = ["#4c78a8", "#f58518", "#54a24b", "#e45756", "#72b7b2", "#b279a2"];
const GRID_LINES = 5;

/** Lines over a common time axis (ISO dates, sorted here), values as percent. */
export function lineChart(title: string, series: readonly Series[]): string {
  const dates = [...new Set(series.flatMap(({ points }) => points.map(({ x }) => x)))].sort();
  const values = series.flatMap(({ points }) => points.map(({ y }) => y));
  const scale = scaleFor([...values, 0]);
  const position = new Map(dates.map((date, index) => [date, index]));
  const across = (date: string): number =>
    PLOT.left + ((PLOT.right - PLOT.left) * (position.get(date) ?? 0)) / Math.max(1, dates.length - 1);
  const lines = series.map(({ name, points }, index) => {
    const path = points.map(({ x, y }) => `${across(x).toFixed(1)},${scale.y(y).toFixed(1)}`).join(" ");
    const line = `<polyline fill="none" stroke="${colour(index)}" stroke-width="1.6" points="${path}"/>`;
    return line + legend(name, index);
  });
  const januaries = dates.filter((date) => date.slice(5, 7) === "01");
  const years = januaries.map((date) =>
    text({ x: across(date), y: PLOT.bottom + 18, anchor: "middle" }, date.slice(0, 4)),
  );
  return frame(title, [...scale.grid, ...years, ...lines]);
}

/** One bar per name, values as percent. */
export function barChart(title: string, bars: readonly Bar[]): string {
  const scale = scaleFor([...bars.map(({ value }) => value), 0]);
  const slot = (PLOT.right - PLOT.left) / Math.max(1, bars.length);
  const drawn = bars.flatMap(({ name, value }, index) => {
    const [top, bottom] = [scale.y(Math.max(0, value)), scale.y(Math.min(0, value))];
    const x = PLOT.left + slot * (index + 0.2);
    const middle = PLOT.left + slot * (index + 0.5);
    return [
      rect({ x, y: top, width: slot * 0.6, height: bottom - top }, colour(index)),
      text({ x: middle, y: top - 6, anchor: "middle" }, percentLabel(value)),
      text({ x: middle, y: PLOT.bottom + 18, anchor: "middle" }, name),
    ];
  });
  return frame(title, [...scale.grid, ...drawn]);
}

/** A square of coefficients between −1 (blue) and 1 (red). */
export function heatMap(title: string, names: readonly string[], matrix: readonly (readonly number[])[]): string {
  const cell = (PLOT.bottom - PLOT.top) / Math.max(1, names.length);
  const cells = names.flatMap((name, row) => [
    text({ x: PLOT.left - 6, y: PLOT.top + cell * (row + 0.55), anchor: "end" }, name),
    text({ x: PLOT.left + cell * (row + 0.5), y: PLOT.bottom + 18, anchor: "middle" }, name),
    ...names.flatMap((_, column) => {
      const value = matrix[row]?.[column] ?? 0;
      const [x, y] = [PLOT.left + cell * column, PLOT.top + cell * row];
      const hue = value < 0 ? "76,120,168" : "228,87,86";
      return [
        rect({ x, y, width: cell, height: cell }, `rgba(${hue},${Math.abs(value).toFixed(2)})`),
        text({ x: x + cell / 2, y: y + cell * 0.55, anchor: "middle" }, value.toFixed(2)),
      ];
    }),
  ]);
  return frame(title, cells);
}

interface Scale {
  readonly y: (value: number) => number;
  readonly grid: readonly string[];
}

function scaleFor(values: readonly number[]): Scale {
  const low = Math.min(...values);
  const high = Math.max(...values, low + 1e-9);
  const y = (value: number): number => PLOT.bottom - ((PLOT.bottom - PLOT.top) * (value - low)) / (high - low);
  const grid = Array.from({ length: GRID_LINES + 1 }, (_, index) => {
    const value = low + ((high - low) * index) / GRID_LINES;
    const at = y(value).toFixed(1);
    const line = `<line x1="${PLOT.left}" x2="${PLOT.right}" y1="${at}" y2="${at}" stroke="#ddd"/>`;
    return `${line}${text({ x: PLOT.left - 6, y: y(value) + 4, anchor: "end" }, percentLabel(value))}`;
  });
  return { y, grid };
}

function frame(title: string, content: readonly string[]): string {
  const box = `viewBox="0 0 ${WIDTH} ${HEIGHT}"`;
  const head = `<svg xmlns="http://www.w3.org/2000/svg" ${box} font-family="sans-serif" font-size="11">`;
  const heading = `<text x="${PLOT.left}" y="24" font-size="15">${escape(title)}</text>`;
  return `${head}<rect width="${WIDTH}" height="${HEIGHT}" fill="#fff"/>${heading}${content.join("")}</svg>`;
}

function legend(name: string, index: number): string {
  const y = PLOT.top + 18 * index;
  const swatch = rect({ x: PLOT.right + 14, y, width: 10, height: 10 }, colour(index));
  return swatch + text({ x: PLOT.right + 30, y: y + 9, anchor: "start" }, name);
}

function rect(of: { x: number; y: number; width: number; height: number }, fill: string): string {
  const [x, y, width, height] = [of.x, of.y, of.width, of.height].map((value) => value.toFixed(1));
  return `<rect x="${x}" y="${y}" width="${width}" height="${height}" fill="${fill}"/>`;
}

function text(at: { x: number; y: number; anchor: string }, content: string): string {
  return `<text x="${at.x.toFixed(1)}" y="${at.y.toFixed(1)}" text-anchor="${at.anchor}">${escape(content)}</text>`;
}

function percentLabel(value: number): string {
  return `${(value * 100).toFixed(0)} %`;
}

function colour(index: number): string {
  return COLOURS[index % COLOURS.length] ?? "#000";
}

function escape(content: string): string {
  return content.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
