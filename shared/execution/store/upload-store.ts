import { GetCommand, PutCommand } from "@aws-sdk/lib-dynamodb";
import { CreateMultipartUploadCommand, type S3Client, UploadPartCommand } from "@aws-sdk/client-s3";
import { getSignedUrl } from "@aws-sdk/s3-request-presigner";
import type { Key } from "../../aws/key.ts";
import type { Table } from "../../aws/query.ts";
import { InvalidRequestError, NotFoundError } from "../../core/errors.ts";
import { LIMITS } from "../../core/limits.ts";
import { EXECUTION_LIMITS } from "../limits.ts";
import type { PayloadRef } from "../payload.ts";
import { referenceIn, Upload, uploadKey } from "../upload.ts";
import { type PayloadStore, savePayload, type StoredPayload } from "./payload-store.ts";

const rowKey = (tenant: string, uploadId: string): Key => ({ pk: `T#${tenant}#UPLOADS`, sk: uploadId });

/** Keeps what is known of an upload; it may be used for `EXECUTION_LIMITS.uploadSeconds`. */
export async function saveUpload({ db, table }: Table, upload: Upload): Promise<void> {
  const expiresAt = Math.floor(Date.parse(upload.createdAt) / 1000) + EXECUTION_LIMITS.uploadSeconds;
  const Item = { ...rowKey(upload.tenant, upload.uploadId), upload: JSON.stringify(upload), expiresAt };
  await db.send(new PutCommand({ TableName: table, Item }));
}

async function findUpload({ db, table }: Table, tenant: string, uploadId: string, now: Date): Promise<Upload | undefined> {
  const Key = { ...rowKey(tenant, uploadId) };
  const { Item } = await db.send(new GetCommand({ TableName: table, Key, ConsistentRead: true }));
  // Rows outlive their time by hours.
  if (Item === undefined || Number(Item["expiresAt"]) * 1000 <= now.getTime()) return undefined;
  return Upload.parse(JSON.parse(String(Item["upload"])));
}

/** @throws {NotFoundError} this tenant has no such upload, or it is too old. */
export async function loadUpload(store: Table, { tenant, uploadId, now }: { tenant: string; uploadId: string; now: Date }): Promise<Upload> {
  const upload = await findUpload(store, tenant, uploadId, now);
  if (upload === undefined) throw new NotFoundError("upload", uploadId);
  return upload;
}

/**
 * The payload that a reference in a request stands for.
 *
 * @throws {InvalidRequestError} the tenant has no such upload, or not all of it has come; the error names `field`.
 */
export async function uploadedPayload(
  store: Table,
  { tenant, reference, field, now }: { tenant: string; reference: string; field: string; now: Date },
): Promise<StoredPayload> {
  const upload = await findUpload(store, tenant, reference, now);
  const flaw = (message: string): InvalidRequestError => new InvalidRequestError([{ field: `${field}.$ref`, message }]);
  const days = EXECUTION_LIMITS.uploadSeconds / 86_400;
  if (upload === undefined) throw flaw(`names '${reference.slice(0, 100)}', and you have no such upload: POST /api/v1/uploads begins one, which may be used for ${days} days`);
  if (upload.sha256 === undefined) throw flaw(`names '${reference}', which is not complete: POST /api/v1/uploads/${reference}/complete once all parts are sent`);
  return { key: uploadKey(upload), bytes: upload.bytes, sha256: upload.sha256 };
}

/**
 * Keeps a value that a caller gave, or finds where the upload lies that stands for it.
 *
 * @throws {InvalidRequestError} as `uploadedPayload`.
 */
export function keepGiven(
  { payloads, control, now }: { readonly payloads: PayloadStore; readonly control: Table; readonly now: () => Date },
  { tenant, name, value, field }: { tenant: string; name: string; value: unknown; field: string },
): Promise<PayloadRef> {
  const reference = referenceIn(value);
  return reference === undefined ? savePayload(payloads, name, value) : uploadedPayload(control, { tenant, reference, field, now: now() });
}

/** Has the bucket expect an upload in parts. @returns the bucket's name for the parts. */
export async function expectParts({ s3, bucket }: PayloadStore, place: Pick<Upload, "tenant" | "uploadId">): Promise<string> {
  const begin = new CreateMultipartUploadCommand({ Bucket: bucket, Key: uploadKey(place), ContentType: "application/json" });
  const { UploadId } = await s3.send(begin);
  if (UploadId === undefined) throw new Error(`the bucket gave upload ${place.uploadId} no id`);
  return UploadId;
}

/**
 * Where each part of an upload is put, for `EXECUTION_LIMITS.uploadLinkSeconds`.
 *
 * @param signer does not sign checksums: it does not know what will be sent.
 */
export function partLinks(signer: S3Client, bucket: string, upload: Upload): Promise<{ part_number: number; url: string }[]> {
  const count = Math.ceil(upload.bytes / LIMITS.partBytes);
  const links = Array.from({ length: count }, async (_, index) => {
    const part = { Bucket: bucket, Key: uploadKey(upload), UploadId: upload.partsId, PartNumber: index + 1 };
    const url = await getSignedUrl(signer, new UploadPartCommand(part), { expiresIn: EXECUTION_LIMITS.uploadLinkSeconds });
    return { part_number: index + 1, url };
  });
  return Promise.all(links);
}
