import * as z from "zod";
import { LIMITS } from "../../core/limits.ts";
import { type Upload, UploadedPart, UploadId } from "../upload.ts";

/** `POST /api/v1/uploads`: JSON too large for a request. */
export const UploadRequest = z.strictObject({
  /** Of the JSON text, as UTF-8. */
  bytes: z.int().positive().max(LIMITS.outputBytes, `must be at most ${LIMITS.outputBytes}; have the workflow's agents fetch more than that themselves`),
});

/** `POST /api/v1/uploads/{id}/complete`: every part, by its number. */
export const UploadCompletion = z.strictObject({ parts: z.array(UploadedPart).min(1).max(10_000) });

/** An upload as it stands. */
export const UploadView = z.object({
  /** Once it is complete, `{"$ref": "<upload_id>"}` stands wherever an input or a definition is taken. */
  upload_id: UploadId,
  status: z.enum(["open", "complete"]),
  bytes: z.int(),
  sha256: z.string().optional(),
  created_at: z.iso.datetime(),
});
export type UploadView = z.infer<typeof UploadView>;

/** An upload that begins: where its parts go. */
export const OpenUpload = UploadView.extend({
  /** Bytes of each part but the last. */
  part_bytes: z.int(),
  /** `PUT` each part to its URL, and keep the `ETag` of the answer. */
  parts: z.array(z.object({ part_number: z.int(), url: z.url() })),
  /** Until when the URLs are good. */
  expires_at: z.iso.datetime(),
});

/** An upload as callers see it. */
export const viewUpload = ({ uploadId, bytes, sha256, createdAt }: Upload): UploadView => ({
  upload_id: UploadId.parse(uploadId),
  status: sha256 === undefined ? "open" : "complete",
  bytes,
  ...(sha256 === undefined ? {} : { sha256 }),
  created_at: createdAt,
});
