/** Drawings that the first view of a small graph on a wide screen does without. */
export { paintLevels } from "./paint-levels.ts";
export { paintRail } from "./paint-rail.ts";
