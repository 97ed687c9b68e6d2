import { expect, it } from "vitest";
import { present } from "../../../shared/core/present.ts";

it("gives back what is there, whatever it is", () => {
  expect([present(0), present(""), present(null), present("a")]).toEqual([0, "", null, "a"]);
});

it("calls it a defect when something that must be there is missing", () => {
  expect(() => present([1, 2][2])).toThrow("this is a defect");
});
