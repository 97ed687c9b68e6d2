import { describe, expect, it } from "vitest";
import type { Agent } from "../../../shared/agents/agent.ts";
import { canServe, obstaclesTo, wordsFor } from "../../../shared/agents/agent-obstacles.ts";
import { agentOf, START } from "../../fixtures/runtime/memory-runtime.ts";

const role = { type: "any", count: 1, resources: {}, capabilities: ["work"] };
const takes = (input_modes: string[], more: Partial<Agent> = {}): Agent =>
  agentOf("agent-a", { skills: [{ id: "work", name: "work", description: "", input_modes }], ...more });

describe("an agent whose card requires an extension", () => {
  const demand = { role, skill: "work" };
  const requires = (more: Partial<Agent> = {}): Agent => agentOf("agent-a", { required_extensions: ["urn:pay", "urn:trace"], ...more });

  it("gets no task before its registration names it, and the reason says which", () => {
    const agent = requires({ extensions: [{ uri: "urn:pay" }] });
    expect(canServe(agent, demand, START)).toBe(false);
    expect(obstaclesTo(agent, demand, START)).toEqual(["extension_required"]);
    expect(wordsFor("extension_required", agent, demand, START)).toBe(
      "requires 'urn:trace' of callers by its card; name it in extensions of its registration, if calls can keep to it",
    );
  });

  it("gets tasks when all are named", () => {
    expect(canServe(requires({ extensions: [{ uri: "urn:pay", params: { account: 1 } }, { uri: "urn:trace" }] }), demand, START)).toBe(true);
  });
});

describe("an agent whose skill takes neither words nor JSON", () => {
  it.each([["image/png"], ["audio/wav", "video/mp4"], ["application/octet-stream"]])("gets no task: %s", (...modes) => {
    expect(canServe(takes(modes), { role, skill: "work" }, START)).toBe(false);
  });

  it.each([["text/plain"], ["image/png", "application/json"], ["*/*"], ["text"], ["application/ld+json"]])("may get one that it can read: %s", (...modes) => {
    expect(canServe(takes(modes), { role, skill: "work" }, START)).toBe(true);
  });

  it("may get one where its registration says what to send, or it is asked for by name", () => {
    expect(canServe(takes(["image/png"], { message_parts: "data" }), { role, skill: "work" }, START)).toBe(true);
    expect(canServe(takes(["image/png"]), { role: { ...role, agentId: "agent-a" }, skill: "work" }, START)).toBe(true);
  });
});
