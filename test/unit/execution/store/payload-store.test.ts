import { CompleteMultipartUploadCommand, PutObjectCommand, UploadPartCommand } from "@aws-sdk/client-s3";
import { expect, it } from "vitest";
import { loadPayload, type PayloadStore, savePayload } from "../../../../shared/execution/store/payload-store.ts";
import { MemoryBucket } from "../../../fixtures/runtime/memory-bucket.ts";
import { clientLike } from "../../../fixtures/runtime/fake-client.ts";

const MIB = 1024 * 1024;

/** A store that notes what it is sent. */
function notingStore(): { store: PayloadStore; sent: object[] } {
  const { client } = new MemoryBucket();
  const sent: object[] = [];
  const send = (command: Parameters<typeof client.send>[0]) => {
    sent.push(command);
    return client.send(command);
  };
  return { store: { s3: clientLike(client, { send }), bucket: "b" }, sent };
}

it("sends what is larger than a part in parts of 8 MiB, in their order, and reads it back", async () => {
  const { store, sent } = notingStore();
  const value = `${"a".repeat(8 * MIB)}${"b".repeat(8 * MIB)}c`;
  const ref = await savePayload(store, "T/x", value);
  expect(ref).toMatchObject({ bytes: 16 * MIB + 3 });
  const parts = sent.flatMap((command) => (command instanceof UploadPartCommand ? [command.input] : []));
  expect(parts.map(({ PartNumber, Body }) => [PartNumber, Body instanceof Uint8Array ? Body.length : 0])).toEqual([
    [1, 8 * MIB],
    [2, 8 * MIB],
    [3, 3],
  ]);
  expect(sent.filter((command) => command instanceof CompleteMultipartUploadCommand)).toHaveLength(1);
  expect((await loadPayload(store, ref)) === value).toBe(true);
});

it("sends what is no larger whole", async () => {
  const { store, sent } = notingStore();
  await savePayload(store, "T/x", "a".repeat(8 * MIB - 2));
  expect(sent.map((command) => command instanceof PutObjectCommand)).toEqual([true]);
});
