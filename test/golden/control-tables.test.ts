import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { CONTROL_PAGE, withControlTables } from "./control-tables.ts";

it("the tables of control actions are as the code's; `npm run generate` brings them up to date", () => {
  const page = readFileSync(CONTROL_PAGE, "utf8");
  expect(page).toBe(withControlTables(page));
  expect(() => withControlTables("no markers")).toThrow("the page needs the lines");
});
