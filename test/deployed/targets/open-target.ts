import type { TargetName } from "../options.ts";
import { EmbeddedTarget } from "./embedded.ts";
import { openMiniStack } from "./ministack.ts";
import type { Target } from "./target.ts";

/** Opens a target. @throws {NotHereError} it cannot be had on this machine. */
export function openTarget(name: TargetName, place: { readonly region: string; readonly prefix: string }): Promise<Target> {
  switch (name) {
    case "embedded":
      return EmbeddedTarget.open(place);
    case "ministack":
      return openMiniStack(place);
    case "localstack":
    case "endpoint":
    case "aws":
      throw new Error("soon");
  }
}
