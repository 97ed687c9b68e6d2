import { ListObjectsV2Command } from "@aws-sdk/client-s3";
import { mapConcurrent } from "../../core/map-concurrent.ts";
import { EXECUTION_LIMITS } from "../limits.ts";
import type { DispatchRef } from "../task/dispatch-ref.ts";
import { attemptPayload } from "../task/payload-keys.ts";
import { type AttemptTranscript, TranscriptEntry } from "../views/transcripts.ts";
import { loadPayload, type PayloadStore } from "./payload-store.ts";

/** The first and the last entries of an attempt. */
export async function loadTranscript(
  store: PayloadStore,
  ref: DispatchRef,
): Promise<Pick<AttemptTranscript, "entries" | "entries_left_out">> {
  const keys = await listKeys(store, attemptPayload(ref, "transcript/"));
  const { transcriptEntries: most } = EXECUTION_LIMITS;
  const shown = keys.length <= most ? keys : [...keys.slice(0, most / 2), ...keys.slice(-most / 2)];
  const entries = await mapConcurrent(shown, most, async (key) => {
    return TranscriptEntry.parse(await loadPayload(store, { key, bytes: 0, sha256: "" }));
  });
  return { entries, entries_left_out: keys.length - shown.length };
}

/** S3 lists names in the order of their bytes. */
async function listKeys({ s3, bucket }: PayloadStore, prefix: string): Promise<string[]> {
  const keys: string[] = [];
  let token: string | undefined;
  do {
    const page = await s3.send(new ListObjectsV2Command({ Bucket: bucket, Prefix: prefix, ContinuationToken: token }));
    keys.push(...(page.Contents ?? []).flatMap(({ Key }) => Key ?? []));
    token = page.NextContinuationToken;
  } while (token !== undefined);
  return keys;
}
