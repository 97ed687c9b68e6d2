import { readFileSync } from "node:fs";
import * as z from "zod";

const Survivor = z.strictObject({
  id: z.string(),
  /** File, function and change, for people; `id` decides. */
  what: z.string(),
  /** Why no test can tell it from the code, or why none should. */
  reason: z.string().min(20),
});

/** Mutants that are known to survive, by id. */
export function loadSurvivors(): ReadonlyMap<string, z.infer<typeof Survivor>> {
  const path = new URL("survivors.json", import.meta.url);
  const listed = z.array(Survivor).parse(JSON.parse(readFileSync(path, "utf8")));
  return new Map(listed.map((survivor) => [survivor.id, survivor]));
}
