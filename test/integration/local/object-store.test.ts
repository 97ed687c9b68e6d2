import { GetObjectCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { mkdtempSync, readdirSync, rmSync, truncateSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import * as z from "zod";
import { loadPayload, savePayload } from "../../../shared/execution/store/payload-store.ts";
import { type ObjectStore, startObjectStore } from "../../../infra/local/s3/object-store.ts";

const directory = mkdtempSync(path.join(tmpdir(), "a2a-objects-"));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const clientOf = ({ endpoint }: ObjectStore): S3Client =>
  new S3Client({ endpoint, region: "eu-central-1", forcePathStyle: true, credentials: { accessKeyId: "a", secretAccessKey: "b" } });

/** Files that describe something, by a part of their path. */
const described = (part: string): string[] =>
  readdirSync(directory, { recursive: true, encoding: "utf8" }).filter((file) => file.includes(part) && file.endsWith(".json"));

describe("the object store", () => {
  it("takes a payload of a hundred megabytes, in parts", { timeout: 60_000 }, async () => {
    const store = await startObjectStore(directory, 0);
    store.declareBucket("large");
    const s3 = clientOf(store);
    const payloads = { s3, bucket: "large" };
    const value = { filler: "é".repeat(50_000_000) };
    const ref = await savePayload(payloads, "T/acme/output", value);
    expect(ref).toMatchObject({ bytes: 100_000_013, key: expect.stringMatching(/^T\/acme\/output-/) });
    const read = z.object({ filler: z.string() }).parse(await loadPayload(payloads, ref));
    expect(read.filler === value.filler).toBe(true);
    s3.destroy();
    await store.stop();
  });

  it("starts again over what a kill left half written, and has what was answered", async () => {
    const first = await startObjectStore(directory, 0);
    first.declareBucket("payloads");
    first.declareBucket("other");
    const s3 = clientOf(first);
    for (const Key of ["a/kept", "a/torn"]) await s3.send(new PutObjectCommand({ Bucket: "payloads", Key, Body: Key }));
    s3.destroy();
    await first.stop();
    const torn = [...described("torn"), ...described("other")];
    expect(torn).toHaveLength(2);
    for (const file of torn) truncateSync(path.join(directory, file), 0);

    const second = await startObjectStore(directory, 0);
    second.declareBucket("payloads");
    second.declareBucket("other");
    const again = clientOf(second);
    const read = (Key: string) => again.send(new GetObjectCommand({ Bucket: "payloads", Key }));
    expect(await (await read("a/kept")).Body?.transformToString()).toBe("a/kept");
    await expect(read("a/torn")).rejects.toMatchObject({ name: "NoSuchKey" });
    await again.send(new PutObjectCommand({ Bucket: "other", Key: "x", Body: "y" }));
    again.destroy();
    await second.stop();
  });
});
