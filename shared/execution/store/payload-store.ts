import {
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  PutObjectCommand,
  type S3Client,
  UploadPartCommand,
} from "@aws-sdk/client-s3";
import { getSignedUrl } from "@aws-sdk/s3-request-presigner";
import { createHash } from "node:crypto";
import { LIMITS } from "../../core/limits.ts";
import type { PayloadRef } from "../payload.ts";

/** Where payloads too large for a row live. */
export interface PayloadStore {
  readonly s3: S3Client;
  readonly bucket: string;
}

/** A payload in the bucket. */
export type StoredPayload = Extract<PayloadRef, { key: string }>;

/** Keeps a JSON value: in the row when small, in the bucket under `name` when not (invariant 2). */
export async function savePayload(store: PayloadStore, name: string, value: unknown): Promise<PayloadRef> {
  const json = JSON.stringify(value ?? null);
  return Buffer.byteLength(json) <= LIMITS.inlinePayloadBytes ? { json } : storeJson(store, name, json);
}

/**
 * Writes JSON into the bucket. The key ends in the content's digest, so that a second value under the same name never
 * replaces what a row already points to.
 */
export async function storeJson(store: PayloadStore, name: string, json: string): Promise<StoredPayload> {
  const body = Buffer.from(json);
  const sha256 = createHash("sha256").update(body).digest("hex");
  const key = `${name}-${sha256.slice(0, 16)}.json`;
  await (body.length > LIMITS.partBytes ? putInParts : putWhole)(store, key, body);
  return { key, bytes: body.length, sha256 };
}

const TYPE = "application/json";

async function putWhole({ s3, bucket }: PayloadStore, key: string, body: Buffer): Promise<void> {
  await s3.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: body, ContentType: TYPE }));
}

/** A failed part is sent again by itself. What is never completed the bucket drops after a day. */
async function putInParts({ s3, bucket: Bucket }: PayloadStore, Key: string, body: Buffer): Promise<void> {
  const { UploadId } = await s3.send(new CreateMultipartUploadCommand({ Bucket, Key, ContentType: TYPE }));
  const Parts: { PartNumber: number; ETag: string | undefined }[] = [];
  for (let start = 0; start < body.length; start += LIMITS.partBytes) {
    const PartNumber = Parts.length + 1;
    const Body = body.subarray(start, start + LIMITS.partBytes);
    const { ETag } = await s3.send(new UploadPartCommand({ Bucket, Key, UploadId, PartNumber, Body }));
    Parts.push({ PartNumber, ETag });
  }
  await s3.send(new CompleteMultipartUploadCommand({ Bucket, Key, UploadId, MultipartUpload: { Parts } }));
}

/** Reads a payload back. */
export async function loadPayload(store: PayloadStore, ref: PayloadRef): Promise<unknown> {
  if ("json" in ref) return JSON.parse(ref.json);
  const { Body } = await store.s3.send(new GetObjectCommand({ Bucket: store.bucket, Key: ref.key }));
  if (Body === undefined) throw new Error(`payload ${ref.key} has no body`);
  return JSON.parse(await Body.transformToString("utf-8"));
}

/** Forgets a payload that is used once. Twice is once. */
export async function deletePayload({ s3, bucket }: PayloadStore, { key }: StoredPayload): Promise<void> {
  await s3.send(new DeleteObjectCommand({ Bucket: bucket, Key: key }));
}

/** A URL that reads a stored payload for `seconds`, for agents that fetch large inputs themselves. */
export function presignPayload(store: PayloadStore, key: string, seconds: number): Promise<string> {
  const command = new GetObjectCommand({ Bucket: store.bucket, Key: key });
  return getSignedUrl(store.s3, command, { expiresIn: seconds });
}
