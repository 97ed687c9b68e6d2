import { blackboard } from "./built-in/blackboard.ts";
import { contractNet } from "./built-in/contract-net.ts";
import { debate } from "./built-in/debate.ts";
import { evaluatorOptimizer } from "./built-in/evaluator-optimizer.ts";
import { groupChat } from "./built-in/group-chat.ts";
import { handoff } from "./built-in/handoff.ts";
import { mapReduce } from "./built-in/map-reduce.ts";
import { network } from "./built-in/network.ts";
import { pipeline } from "./built-in/pipeline.ts";
import { supervised } from "./built-in/supervised-task.ts";
import { supervisor } from "./built-in/supervisor.ts";
import { swarm } from "./built-in/swarm.ts";
import { voting } from "./built-in/voting.ts";
import type { Pattern } from "./pattern.ts";

/** The patterns that every deployment has. */
export const BUILT_INS: readonly Pattern[] = [
  supervisor,
  supervised,
  handoff,
  evaluatorOptimizer,
  network,
  voting,
  debate,
  contractNet,
  blackboard,
  groupChat,
  swarm,
  pipeline,
  mapReduce,
];

const byName = new Map(BUILT_INS.map((pattern) => [pattern.name, pattern]));

/** A pattern by name. */
export const findPattern = (name: string): Pattern | undefined => byName.get(name);
