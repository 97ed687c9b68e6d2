import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { workflowOnChain } from "../../../shared/ledger/calls.ts";
import { ESCROW, escrowIdOf, TRUST } from "../../../shared/ledger/contracts.ts";
import { EscrowRecord } from "../../../shared/ledger/escrow.ts";
import { hexOf } from "../../../shared/ledger/hex.ts";
import type { NewIntent } from "../../../shared/ledger/intent.ts";
import { recordIntents } from "../../../shared/ledger/store/intent-store.ts";
import { FaultWorld, patiently } from "./fault-world.ts";
import { addressOf, hasAnvil, testChain } from "./test-chain.ts";

/** How much there is to do: LEDGER_WORKFLOWS=48 for more, LEDGER_SEEDS=1,2,3 for other weather (`npm run test:ledger`). */
const WORKFLOWS = Number(process.env["LEDGER_WORKFLOWS"] ?? "12");
const SEEDS = (process.env["LEDGER_SEEDS"] ?? "7").split(",").map(Number);
/** An intent is done by then, or never. */
const PATIENCE_MS = 120_000;
const PAYMENT = 1000n;
/** Of three stages two are completed, by agents in turn, and one goes back. */
const AGENTS = ["agent-a", "agent-b"] as const;

const executionOf = (index: number): string => `exec_fault${String(index).padStart(4, "0")}`;

function intentsOf(index: number): readonly NewIntent[] {
  const head = { tenant: "acme", execution_id: executionOf(index), workflow_id: "faulty" };
  const stage = (task: string) => ({
    task_id: task,
    skills: ["risk"],
    max_duration_seconds: 60,
    payment_wei: String(PAYMENT),
  });
  const create = {
    kind: "escrow.create",
    stages: ["one", "two", "three"].map(stage),
    deadline: 4_102_444_800,
    dispute_window_seconds: 0,
  } as const;
  const completions = AGENTS.map((agent, at): NewIntent => {
    const work = {
      kind: "stage.complete",
      stage: at,
      task_id: `task-${at}`,
      agent_id: agent,
      result_hash: `0x${String(index).padStart(64, "0")}`,
    } as const;
    return { ...head, part: String(at), work, after: ["escrow.create#all"] };
  });
  const after = ["escrow.create#all", "stage.complete#0", "stage.complete#1"];
  return [
    { ...head, part: "all", work: create },
    ...completions,
    { ...head, part: "all", work: { kind: "workflow.fail", reason: "failed", stages: 3 }, after },
    ...AGENTS.map((agent): NewIntent => ({
      ...head,
      part: agent,
      work: { kind: "trust.record", agent_id: agent, skill: "risk", rating: 9000, successful: true, response_ms: 40 },
    })),
  ];
}

describe.skipIf(!hasAnvil)("the ledger in bad weather", () => {
  it.each(SEEDS)(
    "does everything once, to the wei (seed %i)",
    async (seed) => {
      const folder = mkdtempSync(join(tmpdir(), "a2a-ledger-"));
      const world = new FaultWorld(seed, join(folder, "chain.json"));
      await world.startChain();
      world.isRough = true;
      const work = world.work();
      // A defect is thrown where it is waited for.
      work.catch(() => {});
      try {
        await storm(world, [...Array(WORKFLOWS).keys()]);
        await until(world, () => world.intents().every(({ state }) => state === "done"));
        world.isRough = false;
        await until(world, () => escrowStates(world).every((states) => states === SETTLED));
        await until(
          world,
          () =>
            countOf(world, "ledger.refunded") === WORKFLOWS &&
            countOf(world, "ledger.interaction_recorded") === 2 * WORKFLOWS,
        );
        await everythingOnce(world);
        console.log(
          `seed ${seed}: ${JSON.stringify({ ...world.counts, nonces: world.nonces().length, reorgs: countOf(world, "ledger.reorged") })}`,
        );
      } finally {
        world.end();
        await world.anvil?.stop("SIGKILL");
        await work;
        rmSync(folder, { recursive: true, force: true });
      }
    },
    600_000,
  );
});

/** Blocks are replaced, the chain is killed and forgets its last second, and no node is to be reached for an hour. */
async function storm(world: FaultWorld, indexes: readonly number[]): Promise<void> {
  const kill = async (): Promise<void> => {
    await world.anvil?.stop("SIGKILL");
    await world.startChain();
  };
  const cutOff = async (): Promise<void> => {
    world.isCutOff = true;
    await sleep(500);
    world.skipHours(1);
    await sleep(500);
    world.isCutOff = false;
  };
  /** Only blocks that were made since it was started can be replaced: there may have to be more of them first. */
  const reorg = (depth: number) => async (): Promise<void> => {
    const isTaken = (): Promise<boolean> =>
      world.rpc.call("anvil_reorg", [depth, []]).then(
        () => true,
        () => false,
      );
    for (let tries = 0; tries < 50 && !(await isTaken()); tries += 1) await sleep(200);
  };
  const troubles = [reorg(2), kill, reorg(9), cutOff, kill, reorg(9), reorg(4)];
  const share = Math.ceil(indexes.length / troubles.length);
  for (const [turn, trouble] of troubles.entries()) {
    for (const index of indexes.slice(turn * share, (turn + 1) * share)) await submit(world, index);
    await sleep(2100);
    await trouble();
  }
}

/** Everything is submitted twice. */
async function submit(world: FaultWorld, index: number): Promise<void> {
  const store = world.store();
  const intents = intentsOf(index);
  const ref = { tenant: "acme", execution_id: executionOf(index), workflow_id: "faulty" };
  const workflow = { hash: workflowOnChain(ref), ...ref };
  for (let times = 0; times < 2; times += 1) {
    await patiently(() => recordIntents(store, intents, { at: world.now().toISOString(), workflow }));
  }
}

async function until(world: FaultWorld, isSo: () => boolean): Promise<void> {
  const deadline = Date.now() + PATIENCE_MS;
  while (!isSo() && !world.isOver) {
    if (Date.now() > deadline) throw new Error(await pictureOf(world));
    await sleep(100);
  }
}

/** Where everything stands, for who has to find out what is stuck. */
async function pictureOf(world: FaultWorld): Promise<string> {
  const open = world
    .intents()
    .filter(({ state }) => state !== "done")
    .slice(0, 5);
  const nonces = world
    .nonces()
    .filter(({ state }) => state !== "final")
    .slice(0, 3);
  const signer = [...world.tables.rows].filter(([key]) => key.endsWith(" SIGNER")).map(([, row]) => row);
  const cursor = [...world.tables.rows]
    .filter(([key]) => key.endsWith(" CURSOR"))
    .map(([, row]) => JSON.stringify(row).slice(-300));
  const ask = async (method: string, params: readonly unknown[]): Promise<unknown> =>
    world.rpc.call(method, params).catch(String);
  const chain = [await ask("eth_blockNumber", []), await ask("eth_getTransactionCount", [addressOf(1), "latest"])];
  return JSON.stringify(
    {
      open,
      nonces,
      signer,
      cursor,
      chain,
      unavailable: world.lastFault,
      now: world.now(),
      states: escrowStates(world),
      events: Object.groupBy(
        [...world.events.values()].map(({ type }) => type),
        (type) => type,
      ),
    },
    null,
    1,
  ).slice(0, 9000);
}

/** Events have ids of what they tell: who hears one twice knows it. */
const countOf = (world: FaultWorld, type: string): number =>
  [...world.events.values()].filter((event) => event.type === type).length;

const SETTLED = "paid paid refunded";

/** What is kept of escrows, for those who ask. */
const escrowStates = (world: FaultWorld): readonly string[] =>
  [...world.tables.rows]
    .filter(([key]) => key.endsWith(" ESCROW"))
    .map(([, row]) =>
      EscrowRecord.parse(row)
        .stages.map(({ state }) => state)
        .join(" "),
    );

async function everythingOnce(world: FaultWorld): Promise<void> {
  const { anvil } = world;
  if (anvil === undefined) throw new Error("there is no chain");
  const chain = testChain(anvil);
  const read = async (name: string, args: readonly unknown[]): Promise<bigint> =>
    BigInt(await chain.read(ESCROW.address, hexOf(ESCROW.interface.encodeFunctionData(name, args))));
  const intents = world.intents();
  expect(new Set(intents.map(({ intent_id: id }) => id)).size).toBe(intents.length);
  // Two contracts, a bond, and six a workflow.
  expect(intents.length).toBe(3 + 6 * WORKFLOWS);
  const n = BigInt(WORKFLOWS);
  expect(await read("owed", [addressOf(4)])).toBe(n * PAYMENT);
  expect(await read("owed", [addressOf(5)])).toBe(n * PAYMENT);
  expect(await read("owed", [addressOf(1)])).toBe(n * PAYMENT);
  expect(await read("totalLocked", [])).toBe(0n);
  expect(await chain.balance(ESCROW.address)).toBe(3n * n * PAYMENT);
  const names = await namesOnChain(chain);
  expect(names).toEqual({
    WorkflowCreated: WORKFLOWS,
    StageOpened: 3 * WORKFLOWS,
    StageCompleted: 2 * WORKFLOWS,
    PaymentReleased: 2 * WORKFLOWS,
    StageRefunded: WORKFLOWS,
    WorkflowFailed: WORKFLOWS,
    InteractionRecorded: 2 * WORKFLOWS,
    RaterJoined: 1,
  });
  for (const [type, count] of [
    ["ledger.escrow_funded", WORKFLOWS],
    ["ledger.payment_released", 2 * WORKFLOWS],
    ["ledger.refunded", WORKFLOWS],
  ] as const)
    expect(countOf(world, type)).toBe(count);
  const rows = [...world.tables.rows].filter(([key]) => key.endsWith(" ESCROW"));
  expect(escrowStates(world)).toEqual(rows.map(() => SETTLED));
  expect(rows.length).toBe(WORKFLOWS);
  expect(escrowIdOf(addressOf(1), workflowOnChain({ tenant: "acme", execution_id: "exec_fault0000" }))).toBe(
    rows.find(([, row]) => row["execution_id"] === "exec_fault0000")?.[1]["escrow_id"],
  );
}

async function namesOnChain(chain: ReturnType<typeof testChain>): Promise<Record<string, number>> {
  const logs = await chain.rpc.call("eth_getLogs", [
    { address: [ESCROW.address, TRUST.address], fromBlock: "0x0", toBlock: "latest" },
  ]);
  const counts: Record<string, number> = {};
  for (const log of Array.isArray(logs) ? logs : []) {
    const name = (ESCROW.interface.parseLog(log) ?? TRUST.interface.parseLog(log))?.name ?? "unknown";
    counts[name] = (counts[name] ?? 0) + 1;
  }
  return counts;
}
