import { describe, expect, it } from "vitest";
import { readAgentCard } from "../../../shared/a2a/agent-card.ts";
import {
  calledExtensions,
  HEALTH_PROBE_EXTENSION,
  IDEMPOTENT_MESSAGES_EXTENSION,
  unmetExtensions,
} from "../../../shared/core/a2a-extensions.ts";

const TRACE = "https://ext.test/trace/v1";
const PAY = "urn:ext:pay";

describe("extensions of a card", () => {
  const read = (extensions: unknown) => {
    const card = readAgentCard({ name: "a", url: "https://a.test/", capabilities: { extensions } });
    return "flaw" in card ? card.flaw : card.capabilities;
  };

  it("are required where the card says true", () => {
    expect(
      read([
        { uri: TRACE, required: true },
        { uri: PAY, required: false },
        { uri: "urn:x" },
        { uri: "urn:y", required: "yes" },
      ]),
    ).toMatchObject({
      extensions: [TRACE, PAY, "urn:x", "urn:y"],
      requiredExtensions: [TRACE],
    });
    expect(read(null)).toMatchObject({ extensions: [], requiredExtensions: [] });
  });

  it("are declared in calls when they are ours or configured, each once", () => {
    const card = { extensions: [TRACE, IDEMPOTENT_MESSAGES_EXTENSION] };
    expect(calledExtensions(card)).toEqual([IDEMPOTENT_MESSAGES_EXTENSION]);
    expect(calledExtensions(card, [PAY, IDEMPOTENT_MESSAGES_EXTENSION])).toEqual([IDEMPOTENT_MESSAGES_EXTENSION, PAY]);
  });

  it("are unmet as long as required ones that are not ours are not named", () => {
    expect(unmetExtensions([TRACE, PAY, HEALTH_PROBE_EXTENSION], [PAY])).toEqual([TRACE]);
    expect(unmetExtensions([HEALTH_PROBE_EXTENSION])).toEqual([]);
  });
});
