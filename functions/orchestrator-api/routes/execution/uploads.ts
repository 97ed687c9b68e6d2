import * as z from "zod";
import { InvalidRequestError } from "../../../../shared/core/errors.ts";
import { LIMITS } from "../../../../shared/core/limits.ts";
import { EXECUTION_LIMITS } from "../../../../shared/execution/limits.ts";
import { expectParts, loadUpload, partLinks, saveUpload } from "../../../../shared/execution/store/upload-store.ts";
import type { Upload } from "../../../../shared/execution/upload.ts";
import { OpenUpload, UploadCompletion, UploadRequest, UploadView, viewUpload } from "../../../../shared/execution/views/uploads.ts";
import { param, route, type RouteRequest } from "../../route.ts";

const begin = route({
  method: "POST",
  path: "/api/v1/uploads",
  operationId: "beginUpload",
  summary: "Begin the upload of JSON that is too large for a request, in parts; complete it, then pass its reference as an input or a definition",
  permission: "workflow:submit",
  body: UploadRequest,
  reply: OpenUpload,
  status: 201,
  run: async ({ deps, caller, body }) => {
    const { tenant, subject: createdBy } = caller;
    const uploadId = deps.newId("upload");
    const now = deps.now();
    const partsId = await expectParts(deps.payloads, { tenant, uploadId });
    const upload: Upload = { uploadId, tenant, partsId, bytes: body.bytes, createdAt: now.toISOString(), createdBy };
    await saveUpload(deps.definitions, upload);
    const parts = await partLinks(deps.uploads.signer, deps.payloads.bucket, upload);
    const expires_at = new Date(now.getTime() + EXECUTION_LIMITS.uploadLinkSeconds * 1000).toISOString();
    return {
      body: { ...viewUpload(upload), part_bytes: LIMITS.partBytes, parts, expires_at },
      headers: { location: `/api/v1/uploads/${uploadId}` },
    };
  },
});

const find = ({ deps, caller, ...request }: Pick<RouteRequest, "deps" | "caller" | "params">): Promise<Upload> =>
  loadUpload(deps.definitions, { tenant: caller.tenant, uploadId: param(request, "upload_id"), now: deps.now() });

const complete = route({
  method: "POST",
  path: "/api/v1/uploads/{upload_id}/complete",
  operationId: "completeUpload",
  summary: "Join an upload's parts once all were sent; from then on its reference can be used. Twice is once",
  permission: "workflow:submit",
  body: UploadCompletion,
  reply: UploadView,
  status: 200,
  run: async (request) => {
    const { deps, body } = request;
    const upload = await find(request);
    if (upload.sha256 !== undefined) return { body: viewUpload(upload) };
    const outcome = await deps.uploads.finish({ upload, parts: body.parts });
    if (outcome.kind === "refused") throw new InvalidRequestError([{ field: "body.parts", message: outcome.reason }]);
    const kept = { ...upload, sha256: outcome.sha256 };
    await saveUpload(deps.definitions, kept);
    return { body: viewUpload(kept) };
  },
});

const get = route({
  method: "GET",
  path: "/api/v1/uploads/{upload_id}",
  operationId: "getUpload",
  summary: "An upload as it stands",
  permission: "workflow:submit",
  query: z.strictObject({}),
  reply: UploadView,
  status: 200,
  run: async (request) => ({ body: viewUpload(await find(request)) }),
});

/** Inputs and definitions that are too large for a request. */
export const UPLOAD_ROUTES = [begin, complete, get];
