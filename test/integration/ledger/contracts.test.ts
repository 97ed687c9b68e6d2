import { readFileSync } from "node:fs";
import { AbiCoder, concat, id, Interface, ZeroAddress, ZeroHash } from "ethers";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { compileContracts, compileSources, CONTRACTS, readArtefact } from "../../../infra/contracts.ts";
import { ANVIL_CHAIN_ID } from "../../../infra/local/chain/anvil.ts";
import { present } from "../../../shared/core/present.ts";
import { Hex } from "../../../shared/ledger/artefact.ts";
import { ESCROW, escrowIdOf, TRUST, TRUST_TERMS } from "../../../shared/ledger/contracts.ts";
import { ACCOUNTS, addressOf, deployContracts, hasAnvil, startTestChain, type TestChain } from "./test-chain.ts";

const INTERACTION = {
  Interaction: [
    { name: "providerId", type: "bytes32" },
    { name: "consumerId", type: "bytes32" },
    { name: "skill", type: "bytes32" },
    { name: "rating", type: "uint16" },
    { name: "successful", type: "bool" },
    { name: "responseTimeMs", type: "uint32" },
    { name: "rater", type: "address" },
  ],
};

describe("the committed artefacts", () => {
  it("are what the compiler makes of the sources", async () => {
    const compiled = await compileContracts();
    expect(CONTRACTS.map((name) => compiled.get(name))).toEqual(CONTRACTS.map(readArtefact));
  });
});

describe.skipIf(!hasAnvil)("payees that mean harm", () => {
  let chain: TestChain;
  beforeAll(async () => {
    chain = await startTestChain();
    await deployContracts(chain);
  });
  afterAll(() => chain.anvil.stop());

  const encode = (name: string, args: readonly unknown[]): Hex =>
    Hex.parse(ESCROW.interface.encodeFunctionData(name, args));
  const send = (from: number, name: string, args: readonly unknown[], value = 0n) =>
    chain.send({ from: addressOf(from), to: ESCROW.address, data: encode(name, args), value });

  /** Puts a contract on the chain. */
  async function deploy(code: string): Promise<string> {
    const from = addressOf(7);
    const hash = await chain.rpc.call("eth_sendTransaction", [{ from, data: code }]);
    for (;;) {
      const receipt = await chain.rpc.call("eth_getTransactionReceipt", [hash]);
      if (typeof receipt === "object" && receipt !== null && "contractAddress" in receipt)
        return String(receipt.contractAddress);
    }
  }

  it("get what they are owed once, or harm nobody but themselves", async () => {
    const made = await compileSources({ "Payees.sol": readFileSync("test/fixtures/contracts/Payees.sol", "utf8") });
    const greedyCode = concat([
      present(made.get("GreedyPayee")).bytecode,
      AbiCoder.defaultAbiCoder().encode(["address"], [ESCROW.address]),
    ]);
    const [greedy, refusing] = [await deploy(greedyCode), await deploy(present(made.get("RefusingPayee")).bytecode)];
    const stage = [ZeroHash, [], 60, 500n, [0, 0], ZeroAddress];
    await send(
      0,
      "createWorkflow",
      [id("harm"), [stage, stage, stage], [addressOf(1), ZeroAddress, 4_102_444_800, 0, 0]],
      1500n,
    );
    const escrow = escrowIdOf(addressOf(0), id("harm"));
    await send(1, "completeStages", [
      escrow,
      [
        [0, greedy, ZeroHash],
        [1, refusing, ZeroHash],
        [2, addressOf(5), ZeroHash],
      ],
    ]);
    await send(6, "withdraw", [greedy]);
    const refusal = await send(6, "withdraw", [refusing]);
    expect("refusal" in refusal && ESCROW.interface.parseError(refusal.refusal)?.name).toBe("TransferFailed");
    await send(6, "withdraw", [addressOf(5)]);
    const abi = new Interface(JSON.stringify(present(made.get("GreedyPayee")).abi));
    const ask = async (name: string): Promise<unknown> =>
      abi.decodeFunctionResult(name, await chain.read(greedy, Hex.parse(abi.encodeFunctionData(name))))[0];
    expect([await ask("paidTimes"), await ask("isPaidAgain"), await chain.balance(greedy)]).toEqual([1n, false, 500n]);
    expect(await chain.balance(ESCROW.address)).toBe(500n);
  });
});

describe.skipIf(!hasAnvil)("AgentTrust", () => {
  let chain: TestChain;
  beforeAll(async () => {
    chain = await startTestChain();
    await deployContracts(chain);
  });
  afterAll(() => chain.anvil.stop());

  const DOMAIN = { name: "AgentTrust", version: "1", chainId: ANVIL_CHAIN_ID, verifyingContract: TRUST.address };
  const said = (execution: string, rating = 9000) => ({
    providerId: id("agent-a"),
    consumerId: id(execution),
    skill: id("risk"),
    rating,
    successful: true,
    responseTimeMs: 40,
  });

  async function call(from: number, name: string, args: readonly unknown[], value = 0n): Promise<unknown> {
    const result = await chain.send({
      from: addressOf(from),
      to: TRUST.address,
      data: Hex.parse(TRUST.interface.encodeFunctionData(name, [...args])),
      value,
    });
    if ("refusal" in result) return TRUST.interface.parseError(result.refusal)?.name;
    const [value0] = TRUST.interface.decodeFunctionResult(name, result.data).toArray();
    return value0 ?? "done";
  }

  it("hears raters with a bond, each thing once, and never of themselves", async () => {
    expect(await call(0, "recordInteraction", [said("x"), addressOf(0), "0x"])).toBe("NotBonded");
    expect(await call(0, "joinAsRater", [], TRUST_TERMS.bondWei - 1n)).toBe("NotBonded");
    expect(await call(0, "joinAsRater", [], TRUST_TERMS.bondWei)).toBe("done");
    expect(await call(0, "recordInteraction", [said("x"), addressOf(0), "0x"])).toBe(true);
    expect(await call(0, "recordInteraction", [said("x", 1), addressOf(0), "0x"])).toBe(false);
    expect(await call(0, "recordInteraction", [said("y", 10_001), addressOf(0), "0x"])).toBe("BadRating");
    expect(await call(1, "recordInteraction", [said("y"), addressOf(0), "0x"])).toBe("NotAllowed");
    const signed = await present(ACCOUNTS[0]).signTypedData(DOMAIN, INTERACTION, {
      ...said("y", 3000),
      rater: addressOf(0),
    });
    expect(await call(1, "recordInteraction", [said("y", 3000), addressOf(0), signed])).toBe(true);
    expect(await call(0, "recordInteractions", [[said("y"), said("z"), said("z")]])).toBe(1n);
    expect(await tallyOf()).toEqual([3n, 3n, 21_000n]);
    expect(await call(0, "claimAgent", [addressOf(0), id("agent-a"), "0x"])).toBe(true);
    expect(await call(0, "claimAgent", [addressOf(0), id("agent-a"), "0x"])).toBe(false);
    expect(await call(1, "claimAgent", [addressOf(0), id("agent-a"), "0x"])).toBe("AlreadyClaimed");
    expect(await call(0, "recordInteraction", [said("w"), addressOf(0), "0x"])).toBe("SelfRating");
  });

  it("gives bonds back, later, to who stopped", async () => {
    await call(2, "joinAsRater", [], TRUST_TERMS.bondWei);
    expect(await call(2, "withdrawBond", [])).toBe("NotBonded");
    expect(await call(2, "stopRating", [])).toBe("done");
    expect(await call(2, "recordInteraction", [said("q"), addressOf(2), "0x"])).toBe("NotBonded");
    expect(await call(2, "withdrawBond", [])).toBe("TooEarly");
    await chain.rpc.call("evm_increaseTime", [30 * 86_400 + 1]);
    const before = await chain.balance(TRUST.address);
    expect(await call(2, "withdrawBond", [])).toBe("done");
    expect(before - (await chain.balance(TRUST.address))).toBe(TRUST_TERMS.bondWei);
    expect(await call(2, "withdrawBond", [])).toBe("NotBonded");
  });

  const tallyOf = async (): Promise<unknown> =>
    TRUST.interface
      .decodeFunctionResult(
        "tallies",
        await chain.read(
          TRUST.address,
          Hex.parse(TRUST.interface.encodeFunctionData("tallies", [addressOf(0), id("agent-a")])),
        ),
      )
      .toArray();
});
