import { runFunction } from "./run-function.ts";
import type { StartedCloud } from "./started-cloud.ts";

/** The sweep over agents that a cloud's scheduler starts each minute, now. */
export const sweepAgents = (cloud: StartedCloud): Promise<void> => runFunction(cloud, "check-agents");
