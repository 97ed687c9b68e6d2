import {
  AbiCoder,
  concat,
  getCreate2Address,
  Interface,
  type InterfaceAbi,
  keccak256,
  toUtf8Bytes,
  ZeroHash,
} from "ethers";
import { Artefact, type Hex } from "./artefact.ts";
import trustArtefact from "./contracts/AgentTrust.json" with { type: "json" };
import escrowArtefact from "./contracts/WorkflowEscrow.json" with { type: "json" };
import { hexOf } from "./hex.ts";

/** Takes a salt and code and makes a contract of it, at an address that follows from both; chains of all kinds have it. */
export const DEPLOYER = "0x4e59b44847b379578588920cA78FbF26c0B4956C";

/** What raters of agents leave as a bond, in wei, and how much they may say of one agent a day. */
export const TRUST_TERMS = { bondWei: 10n ** 16n, dailyLimit: 1000n } as const;

/** A contract of ours: how it is called, and what makes it. */
export interface Contract {
  readonly name: "escrow" | "trust";
  readonly interface: Interface;
  /** Equal on every chain, because it follows from the code. */
  readonly address: string;
  /** What the deployer is sent. */
  readonly creation: Hex;
}

function contractOf(name: Contract["name"], artefact: unknown, args: readonly unknown[]): Contract {
  const { abi, bytecode } = Artefact.parse(artefact);
  const described = new Interface(JSON.stringify(abi) satisfies InterfaceAbi);
  const code = concat([bytecode, described.encodeDeploy([...args])]);
  return {
    name,
    interface: described,
    address: getCreate2Address(DEPLOYER, ZeroHash, keccak256(code)),
    creation: hexOf(concat([ZeroHash, code])),
  };
}

/** Holds what stages are worth until they are earned. */
export const ESCROW = contractOf("escrow", escrowArtefact, []);
/** Holds what was found of agents. */
export const TRUST = contractOf("trust", trustArtefact, [TRUST_TERMS.bondWei, TRUST_TERMS.dailyLimit]);

/** The contract of an address, if it is one of ours. */
export const contractAt = (address: string): Contract | undefined =>
  [ESCROW, TRUST].find((contract) => contract.address.toLowerCase() === address.toLowerCase());

/** What stands on the chain for a name: nobody has to know it who does not already. */
export const chainIdOf = (name: string): Hex => hexOf(keccak256(toUtf8Bytes(name)));

/** The escrow that a funder opened for a workflow, as the contract works it out. */
export const escrowIdOf = (funder: string, workflow: string): Hex =>
  hexOf(keccak256(AbiCoder.defaultAbiCoder().encode(["address", "bytes32"], [funder, workflow])));
