import { A2aFault } from "./faults.ts";

/** Protocol generations that the endpoint speaks. */
export type Dialect = "1.0" | "0.3";

const SPOKEN: ReadonlySet<string> = new Set<Dialect>(["1.0", "0.3"]);

const isSpoken = (version: string): version is Dialect => SPOKEN.has(version);

/**
 * The generation that a request asks for by `A2A-Version`. Nothing said means 0.3, and a patch number says nothing
 * (specification §3.6).
 *
 * @throws {A2aFault} it is not spoken here.
 */
export function dialectAskedFor(version: string | undefined, spoken: readonly Dialect[] = ["1.0", "0.3"]): Dialect {
  const asked = version?.trim() ?? "";
  const [, wanted = asked === "" ? "0.3" : asked] = /^(\d+\.\d+)(?:\.\d+)?$/.exec(asked) ?? [];
  if (isSpoken(wanted) && spoken.includes(wanted)) return wanted;
  const remedy = `send the header A2A-Version: ${spoken[0] ?? ""}`;
  throw new A2aFault("VERSION_NOT_SUPPORTED", `A2A ${wanted.slice(0, 20)} is not spoken here; ${remedy}`, {
    supportedVersions: spoken.join(", "),
  });
}
