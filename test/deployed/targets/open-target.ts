import type { TargetName } from "../options.ts";
import { AwsTarget } from "./aws-target.ts";
import { EmbeddedTarget } from "./embedded.ts";
import { openEndpoint } from "./endpoint.ts";
import { openLocalStack } from "./localstack.ts";
import { openMiniStack } from "./ministack.ts";
import type { Target } from "./target.ts";

type Place = Parameters<typeof openMiniStack>[0];

const OPENERS: Readonly<Record<TargetName, (place: Place) => Promise<Target>>> = {
  embedded: (place) => EmbeddedTarget.open(place),
  ministack: openMiniStack,
  localstack: openLocalStack,
  endpoint: openEndpoint,
  aws: async (place) => new AwsTarget(place),
};

/** Opens a target. @throws {NotHereError} it cannot be had on this machine. */
export const openTarget = (name: TargetName, place: Place): Promise<Target> => OPENERS[name](place);
