import * as fc from "fast-check";
import { isDeepStrictEqual } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Json } from "../../../infra/local/json.ts";
import { type DynamoServer, startDynamoServer } from "../../fixtures/runtime/dynamo-server.ts";
import { startDynoxide } from "../../fixtures/runtime/dynoxide.ts";
import { anyCommand, type Command } from "./commands.ts";
import { clear, createTables, observe } from "./second-opinion.ts";

/** Another DynamoDB, such as Amazon's DynamoDB Local, in place of dynoxide. */
const given = process.env["DYNAMODB_ENDPOINT"];

let ours: DynamoServer;
let theirs: DynamoServer | undefined;

beforeAll(async () => {
  ours = await startDynamoServer();
  theirs = given === undefined ? await startDynoxide() : { endpoint: given, stop: async () => {} };
  for (const { endpoint } of [ours, theirs].filter((server) => server !== undefined)) await createTables(endpoint);
});
afterAll(async () => {
  await ours.stop();
  await theirs?.stop();
});

/** Dynoxide 1.2.1 against what AWS documents, and DynamoDB Local does as well. */
const KNOWN: readonly {
  readonly what: string;
  readonly applies: (command: Command, ours: Json, theirs: Json) => boolean;
}[] = [
  {
    what: "carries out requests that AWS refuses whatever is stored: operands of types without an order, bounds the wrong way round",
    applies: (_, ours) => isDeepStrictEqual(ours, { refused: "ValidationException", reasons: [], item: null }),
  },
  {
    what: "tells the key as the old item of one that was not there",
    applies: ({ body }, ours) =>
      body["ReturnValues"] === "ALL_OLD" && isDeepStrictEqual(ours, { Item: null, Attributes: null, Responses: null }),
  },
];

/** Runs the same commands here and there. @returns the first answer that differs, unless it is known to. */
async function compare(commands: readonly Command[], other: DynamoServer): Promise<object | undefined> {
  for (const { endpoint } of [ours, other]) await clear(endpoint);
  for (const command of commands) {
    const [here, there] = [await observe(ours.endpoint, command), await observe(other.endpoint, command)];
    if (isDeepStrictEqual(here, there)) continue;
    const isKnown = given === undefined && KNOWN.some(({ applies }) => applies(command, here, there));
    // From here on the two hold different items.
    return isKnown ? undefined : { command, here, there };
  }
  return undefined;
}

describe("our DynamoDB", () => {
  it("answers any sequence of commands as another one does", async ({ skip }) => {
    const other = theirs;
    if (other === undefined) skip("dynoxide exists for linux-x64 only");
    const sequences = fc.array(anyCommand, { minLength: 1, maxLength: 12 });
    const property = fc.asyncProperty(sequences, async (commands) => {
      expect(other && (await compare(commands, other))).toBeUndefined();
    });
    await fc.assert(property, { numRuns: given === undefined ? 150 : 500 });
  });
});
