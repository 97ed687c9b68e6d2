import { deflateRawSync, inflateRawSync } from "node:zlib";
import { AWS_QUOTAS } from "../../core/limits.ts";
import type { Row } from "../../aws/query.ts";
import type { ChainLink } from "../audit/audit-chain.ts";

/**
 * Links of the log as rows. Their events are deflated: a log says the same few names again and again, and a write is
 * billed by the kilobyte. Hashes are over the events themselves, so nothing of the chain depends on how a row is packed.
 */

/** No row inflates to more: links are cut well below what an item takes as they stand. */
const MOST_BYTES = AWS_QUOTAS.dynamodb.itemBytes;

/** A link as it lies in the table. */
export function linkRow({ head, events, ...link }: ChainLink): Row {
  return { ...link, packed: deflateRawSync(JSON.stringify({ head, events })) };
}

/** What a row holds, as a link has it. A row that cannot be unpacked comes as it was found: that is no link. */
export function unpackLink({ packed, ...rest }: Row): Row {
  if (packed === undefined) return rest;
  const content = packed instanceof Uint8Array ? contentOf(packed) : undefined;
  return content === undefined ? { ...rest, packed } : { ...content, ...rest };
}

function contentOf(packed: Uint8Array): object | undefined {
  try {
    const content: unknown = JSON.parse(inflateRawSync(packed, { maxOutputLength: MOST_BYTES }).toString());
    return typeof content === "object" && content !== null ? content : undefined;
  } catch {
    return undefined;
  }
}
