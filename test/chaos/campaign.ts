import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import * as z from "zod";
import { randomStream } from "../../shared/core/random-stream.ts";
import { StartedCloud } from "../integration/support/started-cloud.ts";
import { StubbornAgent } from "./agents.ts";
import { check, type Verdict } from "./checks.ts";
import { drawKinds, workflowOf } from "./kinds.ts";
import { PatientClient } from "./patient-client.ts";
import { decideForever, steer } from "./people.ts";
import type { AgentName, Plan, Run, World } from "./world.ts";

/** What came of a campaign; nothing to complain about is an empty list of defects. */
export interface Report extends Verdict {
  readonly runs: number;
  readonly kills: number;
  readonly agentDeaths: number;
  readonly seconds: number;
  /** Kept when there are defects. */
  readonly stateDir: string;
}

const Submitted = z.object({ execution_id: z.string() });
/** One in so many lives ends before the cloud is up. */
const STILLBORN = 8;

/** Runs workflows while everything around them breaks, then looks at what is left. */
export async function runCampaign(plan: Plan): Promise<Report> {
  const begun = performance.now();
  const over = new AbortController();
  const world = await setUp(plan, over.signal);
  const background = [decideForever(world), harassAgents(world)];
  try {
    const { runs, people } = await liveAndDie(world);
    plan.log(`${runs.length} runs submitted, ${plan.kills} kills; waiting for the end`);
    const timer = setTimeout(() => over.abort(), plan.patienceMs);
    const verdict = await check(world, { runs, people });
    clearTimeout(timer);
    over.abort();
    await Promise.all(background);
    const { mortal } = world.agents;
    const seconds = Math.round((performance.now() - begun) / 1000);
    if (verdict.defects.length === 0) await world.cloud.dispose();
    return { ...verdict, runs: runs.length, kills: plan.kills, agentDeaths: mortal.deaths, seconds, stateDir: world.cloud.stateDir };
  } finally {
    over.abort();
    for (const agent of Object.values(world.agents)) agent.stop();
    await world.cloud.kill();
    await Promise.allSettled(background);
  }
}

async function setUp(plan: Plan, signal: AbortSignal): Promise<World> {
  const random = randomStream(plan.seed);
  const cloud = new StartedCloud({ env: { A2A_CHAOS: `${plan.seed}:${plan.turbulence}` }, isGroup: true });
  const start = (name: string): Promise<StubbornAgent> => StubbornAgent.start(path.join(cloud.stateDir, name));
  const [steady, other, faulty, mortal, literal] = await Promise.all([start("steady"), start("other"), start("faulty"), start("mortal"), start("literal")]);
  const client = new PatientClient(cloud, signal);
  const kinds = drawKinds(random, plan.isQuick);
  const world = { plan, random, cloud, client, agents: { steady, other, faulty, mortal, literal }, kinds, signal };
  cloud.start("--no-job", "--latency-ms", "0");
  await cloud.ready();
  await register(world, "steady", { endpoint: steady.url, capabilities: ["steady", "undo"] });
  await register(world, "other", { endpoint: other.url, capabilities: ["steady", "undo"] });
  await register(world, "faulty", { endpoint: faulty.url, capabilities: ["faulty"] });
  await register(world, "mortal", { endpoint: mortal.url, capabilities: ["mortal"] });
  await register(world, "literal", { endpoint: `${literal.url}/literal/`, capabilities: ["literal"] });
  for (const kind of kinds) await client.expect(201, "POST", "/api/v1/workflows", workflowOf(kind));
  return world;
}

const register = ({ client }: World, name: AgentName, registration: object): Promise<unknown> =>
  client.expect(201, "POST", "/api/v1/agents", { agent_id: `agent-${name}`, max_concurrent_tasks: 10_000, ...registration });

/** One life after the other: each submits some runs and is killed in the middle of them. */
async function liveAndDie(world: World): Promise<{ runs: readonly Run[]; people: Promise<unknown> }> {
  const { plan, random, cloud } = world;
  const runs: Run[] = [];
  const people: Promise<unknown>[] = [];
  const submitAll = async (): Promise<void> => {
    for (let count = 0; count < plan.runsPerLife; count += 1) {
      const run = await submit(world, runs.length);
      runs.push(run);
      people.push(steer(world, run));
    }
  };
  for (let kill = 0; kill < plan.kills; kill += 1) {
    const submitting = submitAll();
    submitting.catch(() => undefined); // Waited for below, where a cloud that ended by itself is noticed as well.
    await sleep(random() * plan.lifeMs);
    await cloud.kill();
    plan.log(`kill ${kill + 1} of ${plan.kills}, ${runs.length} runs submitted`);
    cloud.start("--no-job", "--latency-ms", "0");
    if (random() * STILLBORN < 1) await sleep(random() * 1000);
    else await cloud.ready();
    await submitting;
  }
  return { runs, people: Promise.all(people) };
}

/** The key makes a repeat of the same wish, whose answer a kill took away, find the first. */
async function submit(world: World, number: number): Promise<Run> {
  const { kinds, random, plan, client } = world;
  const outer = kinds.filter(({ isInner }) => isInner !== true);
  const kind = outer[number % outer.length];
  if (kind === undefined) throw new Error("there are no kinds");
  const runner = random() < 0.5 ? "machine" : "graph";
  const wish = { input_data: {}, execution_options: { runner } };
  const headers = { "idempotency-key": `campaign-${plan.seed}-${number}` };
  const body = await client.expect(202, "POST", `/api/v1/workflows/${kind.name}/execute`, wish, headers);
  return { id: Submitted.parse(body).execution_id, kind, runner };
}

/** The mortal agent is killed every few seconds for as long as clouds are. */
async function harassAgents({ plan, agents, signal }: World): Promise<void> {
  const random = randomStream(plan.seed + 1);
  const isOver = (): boolean => signal.aborted;
  for (let death = 0; death < plan.kills && !isOver(); death += 1) {
    await sleep(1000 + random() * plan.lifeMs * 2, undefined, { signal }).catch(() => undefined);
    if (!isOver()) agents.mortal.kill();
  }
}
