import * as z from "zod";

/** Takes a name in capitals as well, as the specification's examples spell some (`LEAST_LOADED`). */
export const anyCase = <Names extends z.ZodType<string>>(names: Names) =>
  z.preprocess((value) => (typeof value === "string" ? value.toLowerCase() : value), names);
