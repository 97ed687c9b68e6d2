import { OpenUpload, UploadView } from "../../../shared/execution/views/uploads.ts";
import { ConnectionError } from "./api-errors.ts";
import { callApi, type Connection } from "./api-client.ts";

/** One part on a slow line: 8 MB in five minutes. */
const PART_TIMEOUT_MS = 300_000;

/**
 * Uploads JSON in parts, one after the other.
 *
 * @throws {ApiProblem} it is too large, or no JSON that can be kept.
 * @throws {ConnectionError} a part did not get there.
 */
export async function upload(connection: Connection, text: string): Promise<UploadView> {
  const body = Buffer.from(text);
  const opened = await callApi(connection, { method: "POST", path: "/api/v1/uploads", body: { bytes: body.length } }, OpenUpload);
  const parts: { part_number: number; etag: string }[] = [];
  for (const { part_number: number, url } of opened.parts) {
    const start = (number - 1) * opened.part_bytes;
    parts.push({ part_number: number, etag: await putPart(url, body.subarray(start, start + opened.part_bytes)) });
  }
  const path = `/api/v1/uploads/${opened.upload_id}/complete`;
  return callApi(connection, { method: "POST", path, body: { parts } }, UploadView);
}

async function putPart(url: string, body: Uint8Array<ArrayBuffer>): Promise<string> {
  const { host } = new URL(url);
  try {
    const reply = await fetch(url, { method: "PUT", body, signal: AbortSignal.timeout(PART_TIMEOUT_MS) });
    const etag = reply.headers.get("etag");
    if (reply.ok && etag !== null) return etag;
    throw new ConnectionError(`the storage at ${host} answered ${reply.status} to a part of the upload`, "try again");
  } catch (error) {
    if (error instanceof ConnectionError) throw error;
    throw new ConnectionError(`a part of the upload did not reach the storage at ${host}`, "see that this host can be reached from here, and try again", { cause: error });
  }
}
