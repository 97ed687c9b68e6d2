import { CompleteMultipartUploadCommand, GetObjectCommand, NoSuchKey, S3ServiceException } from "@aws-sdk/client-s3";
import { createHash } from "node:crypto";
import { isUtf8 } from "node:buffer";
import { InvalidRequestError } from "../../shared/core/errors.ts";
import { type Upload, uploadKey, type UploadOrder, type UploadOutcome } from "../../shared/execution/upload.ts";
import type { PayloadStore } from "../../shared/execution/store/payload-store.ts";
import { readJsonText } from "../../shared/http/request.ts";

/**
 * Joins the parts of an upload and looks at what they are: JSON of the length that was said, which can be kept as it is.
 * Twice is once.
 */
export async function finishUpload(store: PayloadStore, { upload, parts }: UploadOrder): Promise<UploadOutcome> {
  const flaw = await joinParts(store, upload, parts);
  const body = await readObject(store, uploadKey(upload));
  if (body === undefined) return { kind: "refused", reason: flaw ?? "its parts are not there; begin a new upload" };
  const reason = flawOf(body, upload);
  return reason === undefined ? { kind: "kept", sha256: createHash("sha256").update(body).digest("hex") } : { kind: "refused", reason };
}

/** @returns why they cannot be joined; they may have been joined before. */
async function joinParts({ s3, bucket }: PayloadStore, upload: Upload, parts: UploadOrder["parts"]): Promise<string | undefined> {
  const Parts = parts.map(({ part_number: PartNumber, etag: ETag }) => ({ PartNumber, ETag })).sort((a, b) => a.PartNumber - b.PartNumber);
  const at = { Bucket: bucket, Key: uploadKey(upload), UploadId: upload.partsId };
  try {
    await s3.send(new CompleteMultipartUploadCommand({ ...at, MultipartUpload: { Parts } }));
    return undefined;
  } catch (error) {
    if (!(error instanceof S3ServiceException) || error.$fault !== "client") throw error;
    return `its parts cannot be joined (${error.name}): send each to its URL, and name all of them with the ETag that was answered`;
  }
}

async function readObject({ s3, bucket }: PayloadStore, key: string): Promise<Buffer | undefined> {
  try {
    const { Body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
    return Body === undefined ? undefined : Buffer.from(await Body.transformToByteArray());
  } catch (error) {
    if (error instanceof NoSuchKey) return undefined;
    throw error;
  }
}

function flawOf(body: Buffer, { bytes }: Upload): string | undefined {
  if (body.length !== bytes) return `it has ${body.length} bytes, and ${bytes} were announced; begin a new upload`;
  if (!isUtf8(body)) return "it is not UTF-8; begin a new upload with JSON";
  try {
    readJsonText(body.toString("utf8"), "upload");
    return undefined;
  } catch (error) {
    if (!(error instanceof InvalidRequestError)) throw error;
    return `${error.message}; begin a new upload`;
  }
}
