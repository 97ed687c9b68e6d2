import { describe, expect, it } from "vitest";
import { readListing } from "../../../shared/agents/onboarding/agent-listing.ts";
import { aiCatalog } from "../../../shared/endpoint/ai-catalog.ts";

const URL_OF_STAGE = "https://orchestrator.test/dev";

describe("aiCatalog", () => {
  it("says where the card is, in the words of the draft and of the one before it", () => {
    expect(aiCatalog(URL_OF_STAGE)).toMatchObject({
      specVersion: "1.0",
      host: { displayName: "orchestrator.test" },
      entries: [
        {
          identifier: "https://orchestrator.test/dev/a2a",
          displayName: "A2A orchestrator",
          type: "application/a2a-agent-card+json",
          mediaType: "application/a2a-agent-card+json",
          url: "https://orchestrator.test/dev/.well-known/agent-card.json",
        },
      ],
    });
  });

  it("is one that another orchestrator can fill its registry from", () => {
    const listed = readListing("ai-catalog", aiCatalog(URL_OF_STAGE), new URL(URL_OF_STAGE));
    expect(listed).toMatchObject([{ url: "https://orchestrator.test/dev/.well-known/agent-card.json" }]);
  });
});
