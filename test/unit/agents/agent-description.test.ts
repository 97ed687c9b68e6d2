import { describe, expect, it } from "vitest";
import { AgentRegistration } from "../../../shared/agents/agent-registration.ts";
import { agentIdOf, type CardFacts, changeAgent, changedFields, describeAgent, redescribeAgent } from "../../../shared/agents/agent-description.ts";
import { HEALTH_PROBE_EXTENSION } from "../../../shared/core/a2a-extensions.ts";

const AT = "2026-11-21T10:00:00.000Z";
const LATER = "2026-11-21T11:00:00.000Z";
const card = (more: Partial<CardFacts> = {}): CardFacts => ({
  name: "Risk Agent",
  description: "judges",
  version: "1.0.0",
  protocolVersion: "1.0",
  skills: [{ id: "judge", name: "Judge", description: "judges" }],
  capabilities: { streaming: false, push: true },
  idempotentMessages: false,
  ...more,
});
const described = (registration: object = {}, facts: Partial<CardFacts> = {}, origin: object = {}) =>
  describeAgent(card(facts), AgentRegistration.parse({ endpoint: "https://a.test", ...registration }), { tenant: "acme", at: AT, ...origin });

describe("an agent's row", () => {
  it("is what its card says, and what its registration adds", () => {
    const row = described({ capabilities: ["extra", "judge"], version: "2.0.0", tags: ["eu"] }, {}, { rawCard: { a: 1 }, registryId: "there" });
    expect(row).toMatchObject({ agent_id: "agent-risk-agent", name: "Risk Agent", version: "2.0.0", capabilities: ["judge", "extra"], supports_push: true, tags: ["eu"], registry_id: "there", status: "ACTIVE", declared: { version: "2.0.0" } });
    expect(row.card_hash).toBeDefined();
    const bare = described();
    for (const name of ["card_hash", "registry_id", "metadata", "card"]) expect(bare).not.toHaveProperty(name);
    expect(bare.version).toBe("1.0.0");
  });

  it("says which forms of input a skill takes where the card does", () => {
    const skill = { id: "judge", name: "Judge", description: "judges" };
    expect(described({}, { skills: [{ ...skill, inputModes: ["text/plain"] }] }).skills).toEqual([{ ...skill, input_modes: ["text/plain"] }]);
    expect(described({}, { skills: [{ ...skill, inputModes: [] }] }).skills).toEqual([skill]);
  });

  it.each([
    { what: "as many as the registration says", registration: { max_concurrent_tasks: 7, metadata: { max_concurrent_requests: 9 } }, slots: 7 },
    { what: "as many as its metadata says, as 003 has it", registration: { metadata: { max_concurrent_requests: 9 } }, slots: 9 },
    { what: "a hundred where that is no number of tasks", registration: { metadata: { max_concurrent_requests: 0 } }, slots: 100 },
    { what: "a hundred where it is a part of one", registration: { metadata: { max_concurrent_requests: 1.5 } }, slots: 100 },
    { what: "a hundred where it is a text", registration: { metadata: { max_concurrent_requests: "9" } }, slots: 100 },
    { what: "a hundred where nothing is said", registration: {}, slots: 100 },
  ])("takes $what", ({ registration, slots }) => {
    expect(described(registration).max_concurrent_tasks).toBe(slots);
  });

  it.each([
    { what: "has the extension", facts: { capabilities: { streaming: false, push: false, extensions: [HEALTH_PROBE_EXTENSION] } }, kind: "message" },
    { what: "has a skill for it", facts: { skills: [{ id: "Health-Check", name: "", description: "" }] }, kind: "message" },
    { what: "has another extension", facts: { capabilities: { streaming: false, push: false, extensions: ["x"] } }, kind: "task" },
    { what: "has neither", facts: {}, kind: "task" },
  ] as const)("is probed by a $kind when it $what", ({ facts, kind }) => {
    expect(described({}, facts).probe_kind).toBe(kind);
  });

  it.each([
    { name: "Risk Agent", id: /^agent-risk-agent$/ },
    { name: "--Ünï__1--", id: /^agent-n-1$/ },
    { name: "评估", id: /^agent-[0-9a-f]{12}$/ },
    { name: "x".repeat(200), id: /^agent-x{122}$/ },
  ])("is named after $name", ({ name, id }) => {
    expect(agentIdOf(name)).toMatch(id);
  });
});

describe("a change of an agent's row", () => {
  it("by a new card leaves what the registration says on top", () => {
    const row = described({ capabilities: ["extra"], version: "2.0.0" });
    const next = redescribeAgent(row, card({ version: "3.0.0", skills: [] }), { at: LATER, rawCard: { b: 1 } });
    expect(next).toMatchObject({ version: "2.0.0", capabilities: ["extra"], skills: [], updated_at: LATER });
    expect(redescribeAgent({ ...row, declared: undefined }, card({ version: "3.0.0" }), { at: LATER, rawCard: {} })).toMatchObject({ version: "3.0.0", capabilities: ["judge"] });
  });

  it("by a person sets what is said, keeps what is not, and takes away what is null", () => {
    const row = described({ capabilities: ["extra"], version: "2.0.0", location: "eu" });
    expect(changeAgent(row, { version: null }, card(), LATER)).toMatchObject({ version: "1.0.0", declared: { capabilities: ["extra"] }, location: "eu" });
    expect(changeAgent(row, { version: "4.0.0" }, card(), LATER)).toMatchObject({ version: "4.0.0", declared: { version: "4.0.0" } });
    expect(changeAgent(row, { location: null, capabilities: ["other"] }, card(), LATER)).toMatchObject({ capabilities: ["judge", "other"] });
    expect(changeAgent(row, { location: null }, card(), LATER)).not.toHaveProperty("location");
    expect(changeAgent({ ...row, declared: undefined }, { tags: ["x"] }, card(), LATER)).toMatchObject({ tags: ["x"], declared: { capabilities: [] } });
  });

  it("names the fields that differ, and not the times", () => {
    const row = described({ tags: ["a"] });
    expect(changedFields(row, { ...row, updated_at: LATER, enrolled_at: LATER })).toEqual([]);
    expect(changedFields(row, { ...row, tags: ["b"], location: "eu" })).toEqual(["location", "tags"]);
    expect(changedFields({ ...row, location: "eu" }, row)).toEqual(["location"]);
  });
});
