import * as z from "zod";
import { TenantId } from "../core/ids.ts";
import { executionPayload } from "./task/payload-keys.ts";

const RULE = "must be the id of an upload, as POST /api/v1/uploads gives it";
/** Names an upload. */
export const UploadId = z.string(RULE).regex(/^upload_[0-9A-Za-z]{8,40}$/, RULE);

/** What is known of an upload: JSON on its way into the payload bucket, or there. */
export const Upload = z.object({
  uploadId: UploadId,
  tenant: TenantId,
  /** As the caller says it; what comes must be as long. */
  bytes: z.int().positive(),
  /** Name of the parts in the bucket, until they are joined. */
  partsId: z.string().min(1),
  createdAt: z.iso.datetime(),
  createdBy: z.string(),
  /** Of what was found to be JSON that can be kept. Absent: it is not finished. */
  sha256: z.string().optional(),
});
export type Upload = z.infer<typeof Upload>;

/** Where an upload lies: among its tenant's executions, whose payloads it becomes. */
export const uploadKey = ({ tenant, uploadId }: Pick<Upload, "tenant" | "uploadId">): string =>
  `${executionPayload({ tenant, execution: uploadId }, "content")}.json`;

const Reference = z.strictObject({ $ref: z.string().startsWith("upload_") });

/**
 * The upload that a value stands for; nothing when it is a value of its own.
 *
 * @example
 * ```ts
 * referenceIn({ $ref: "upload_0a1b2c3d4e5f" }); // "upload_0a1b2c3d4e5f"
 * referenceIn({ $ref: "#/definitions/order" }); // undefined
 * ```
 */
export const referenceIn = (value: unknown): string | undefined => Reference.safeParse(value).data?.$ref;

/** What stands for an upload. */
export const referenceTo = ($ref: string): { readonly $ref: string } => ({ $ref });

/** One part as it arrived: its number, from 1, and what the bucket answered. */
export const UploadedPart = z.strictObject({ part_number: z.int().positive().max(10_000), etag: z.string().min(1).max(256) });
export type UploadedPart = z.infer<typeof UploadedPart>;

/** The order to join an upload's parts and to look at what they are. */
export const UploadOrder = z.object({ upload: Upload, parts: z.array(UploadedPart) });
export type UploadOrder = z.infer<typeof UploadOrder>;

/** What became of an upload. */
export const UploadOutcome = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("kept"), sha256: z.string() }),
  z.object({ kind: z.literal("refused"), reason: z.string() }),
]);
export type UploadOutcome = z.infer<typeof UploadOutcome>;
