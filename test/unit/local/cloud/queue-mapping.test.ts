import { expect, it } from "vitest";
import { failedItems } from "../../../../infra/local/lambda/queue-mapping.ts";

it.each([
  { reply: "null", failed: [] },
  { reply: "{}", failed: [] },
  { reply: '{"batchItemFailures":null}', failed: [] },
  { reply: '{"batchItemFailures":[]}', failed: [] },
  { reply: '{"batchItemFailures":[{"itemIdentifier":"1"}]}', failed: ["1"] },
  { reply: '{"batchItemFailures":[{"itemIdentifier":""}]}', failed: "all" },
  { reply: '{"batchItemFailures":[{"id":"1"}]}', failed: "all" },
  { reply: '"text"', failed: "all" },
])("reads $reply as failures of $failed", ({ reply, failed }) => {
  const got = failedItems(reply);
  expect(got === "all" ? got : [...got]).toEqual(failed);
});
