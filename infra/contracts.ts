import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import * as z from "zod";
import { contentHash } from "../shared/core/canonical-json.ts";
import { Artefact } from "../shared/ledger/artefact.ts";

const FOLDER = new URL("../shared/ledger/contracts/", import.meta.url);
/** Contracts that are deployed, each in a file of its name. */
export const CONTRACTS = ["WorkflowEscrow", "AgentTrust"] as const;
type ContractName = (typeof CONTRACTS)[number];

/**
 * How contracts are compiled. The EVM's version is said, because the default moves with the compiler; what is written down
 * of sources does not get into the bytecode, so that a comment changes no address.
 */
const SETTINGS = {
  optimizer: { enabled: true, runs: 200 },
  evmVersion: "cancun",
  metadata: { bytecodeHash: "none", appendCBOR: false },
  outputSelection: { "*": { "*": ["abi", "evm.bytecode.object"] } },
} as const;

const Finding = z.object({
  severity: z.string(),
  formattedMessage: z.string(),
  sourceLocation: z.object({ file: z.string() }).optional(),
});

const Compiled = z.object({
  errors: z.array(Finding).default([]),
  contracts: z
    .record(
      z.string(),
      z.record(
        z.string(),
        z.object({ abi: z.array(z.unknown()), evm: z.object({ bytecode: z.object({ object: z.string() }) }) }),
      ),
    )
    .default({}),
});

/** The compiler tells nothing of its types. */
const Answer = z.string();

/** Text of a contract's source. */
export const readContract = (name: string): string => readFileSync(new URL(`${name}.sol`, FOLDER), "utf8");

/** What tells that an artefact is of these settings. */
export const settingsHash = (): string => contentHash(JSON.stringify(SETTINGS));

/**
 * Compiles sources, by file name; what they import is looked for among installed packages.
 *
 * @throws {Error} a source has errors, or warnings; the message holds them as the compiler prints them.
 */
export async function compileSources(
  sources: Readonly<Record<string, string>>,
): Promise<ReadonlyMap<string, Artefact>> {
  // Half a second and 200 MB: only when something is to be compiled.
  const { default: compiler } = await import("solc");
  const input = {
    language: "Solidity",
    sources: Object.fromEntries(Object.entries(sources).map(([file, content]) => [file, { content }])),
    settings: SETTINGS,
  };
  const { errors, contracts } = Compiled.parse(
    JSON.parse(Answer.parse(compiler.compile(JSON.stringify(input), { import: readPackage }))),
  );
  // Warnings about installed packages are for their authors.
  const flaws = errors.filter(
    ({ severity, sourceLocation }) => severity === "error" || Object.hasOwn(sources, sourceLocation?.file ?? ""),
  );
  if (flaws.length > 0) throw new Error(flaws.map(({ formattedMessage }) => formattedMessage).join("\n"));
  const own = Object.entries(sources).flatMap(([file, content]) =>
    Object.entries(contracts[file] ?? {}).map(([name, made]) => ({ content, name, made })),
  );
  return new Map(
    own.map(({ content, name, made }) => [
      name,
      Artefact.parse({
        contract: name,
        solc: Answer.parse(compiler.version()),
        settingsHash: settingsHash(),
        sourceHash: contentHash(content),
        abi: made.abi,
        bytecode: `0x${made.evm.bytecode.object}`,
      }),
    ]),
  );
}

function readPackage(path: string): object {
  try {
    return { contents: readFileSync(fileURLToPath(import.meta.resolve(path)), "utf8") };
  } catch (error) {
    return { error: String(error) };
  }
}

/** Where a contract's artefact is kept. */
const artefactFile = (name: ContractName): string => fileURLToPath(new URL(`${name}.json`, FOLDER));

/** The artefact of a contract as it is committed. */
export const readArtefact = (name: ContractName): Artefact =>
  Artefact.parse(JSON.parse(readFileSync(artefactFile(name), "utf8")));

/** Compiles all contracts that are deployed. */
export const compileContracts = (): Promise<ReadonlyMap<string, Artefact>> =>
  compileSources(Object.fromEntries(CONTRACTS.map((name) => [`${name}.sol`, readContract(name)])));

/** Whether an artefact is of the source and the settings as they are. */
export const isFresh = (name: ContractName, artefact: Artefact): boolean =>
  artefact.sourceHash === contentHash(readContract(name)) && artefact.settingsHash === settingsHash();

async function writeArtefacts(): Promise<void> {
  if (CONTRACTS.every((name) => isFresh(name, readArtefact(name)))) return;
  const compiled = await compileContracts();
  for (const name of CONTRACTS) writeFileSync(artefactFile(name), `${JSON.stringify(compiled.get(name))}\n`);
}

if (import.meta.main) await writeArtefacts();
