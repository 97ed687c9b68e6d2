/** Media type of a catalog. */
export const CATALOG_TYPE = "application/ai-catalog+json";

const CARD_TYPE = "application/a2a-agent-card+json";

/** A list of what a host offers to agents. */
export type AiCatalog = Readonly<Record<string, unknown>>;

/**
 * The catalog of a deployment: one entry, its public agent card. It says nothing of any tenant.
 *
 * @param url of the deployment, without a slash at its end.
 * @see https://agent-card.github.io/ai-catalog/
 */
export const aiCatalog = (url: string): AiCatalog => ({
  specVersion: "1.0",
  host: { displayName: new URL(url).host },
  entries: [
    {
      identifier: `${url}/a2a`,
      displayName: "A2A orchestrator",
      description: "Runs workflows of A2A agents",
      // The draft called it `mediaType` until May 2026; readers of either find the card.
      type: CARD_TYPE,
      mediaType: CARD_TYPE,
      url: `${url}/.well-known/agent-card.json`,
      tags: ["workflow", "orchestration"],
    },
  ],
});
