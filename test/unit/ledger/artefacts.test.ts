import { describe, expect, it } from "vitest";
import { CONTRACTS, isFresh, readArtefact } from "../../../infra/contracts.ts";
import { contractAt, ESCROW, TRUST } from "../../../shared/ledger/contracts.ts";

describe("the artefacts of contracts", () => {
  it.each(CONTRACTS)("%s was compiled of its source, with today's settings: else run `npm run generate`", (name) => {
    expect(isFresh(name, readArtefact(name))).toBe(true);
  });

  it("have addresses that follow from their code", () => {
    expect([ESCROW.address, TRUST.address].map((address) => contractAt(address.toLowerCase())?.name)).toEqual([
      "escrow",
      "trust",
    ]);
    expect(contractAt("0x4e59b44847b379578588920cA78FbF26c0B4956C")).toBeUndefined();
  });
});
