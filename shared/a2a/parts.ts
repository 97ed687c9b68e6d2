import * as z from "zod";

/** One piece of a message or artifact, the same for every protocol version. */
export type Part =
  | { readonly kind: "text"; readonly text: string; readonly mediaType?: string }
  | { readonly kind: "data"; readonly data: unknown; readonly mediaType?: string }
  | FilePart;

/** A file, by reference (`url`) or by value (`bytes`, base64). */
export type FilePart = {
  readonly kind: "file";
  readonly name?: string;
  readonly mediaType?: string;
} & ({ readonly url: string } | { readonly bytes: string });

const text = z.string();
const LegacyFile = z.object({
  name: text.nullish(),
  mimeType: text.nullish(),
  uri: text.nullish(),
  bytes: text.nullish(),
});

/**
 * A part as any server from 0.2 to 1.x writes it: 0.x names its kind and nests files, 1.x names one of four keys.
 * Read tolerantly; a part of a future kind becomes an empty text rather than an error.
 */
export const WirePart = z
  .object({
    text: text.nullish(),
    data: z.unknown().optional(),
    file: LegacyFile.nullish(),
    raw: text.nullish(),
    url: text.nullish(),
    filename: text.nullish(),
    mediaType: text.nullish(),
  })
  .transform((wire): Part => {
    const mediaType = given("mediaType", wire.mediaType ?? wire.file?.mimeType);
    if (typeof wire.text === "string") return { kind: "text", text: wire.text, ...mediaType };
    const name = given("name", wire.filename ?? wire.file?.name);
    const url = wire.url ?? wire.file?.uri;
    if (typeof url === "string") return { kind: "file", ...name, ...mediaType, url };
    const bytes = wire.raw ?? wire.file?.bytes;
    if (typeof bytes === "string") return { kind: "file", ...name, ...mediaType, bytes };
    if (wire.data !== undefined) return { kind: "data", data: wire.data, ...mediaType };
    return { kind: "text", text: "" };
  });

/** A character that is seen. Zero-width ones, marks of direction and controls are not. */
const SEEN = /[^\s\p{Cc}\p{Cf}]/u;

/** Whether a part says anything: characters that are seen, data other than `null`, or a file. */
export function isReadable(part: Part): boolean {
  switch (part.kind) {
    case "text":
      return SEEN.test(part.text);
    case "data":
      return part.data !== null;
    case "file":
      return "url" in part ? part.url !== "" : part.bytes !== "";
    default:
      return part satisfies never;
  }
}

/** Writes a part for 0.2 and 0.3 servers. Their data parts hold objects only: other values travel as `{ value }`. */
export function encodeLegacyPart(part: Part): object {
  switch (part.kind) {
    case "text":
      return { kind: "text", text: part.text };
    case "data":
      return { kind: "data", data: isObject(part.data) ? part.data : { value: part.data } };
    case "file": {
      const where = "url" in part ? { uri: part.url } : { bytes: part.bytes };
      return { kind: "file", file: { ...given("name", part.name), ...given("mimeType", part.mediaType), ...where } };
    }
    default:
      return part satisfies never;
  }
}

/** Writes a part for 1.x servers. */
export function encodePart(part: Part): object {
  const mediaType = given("mediaType", part.mediaType);
  switch (part.kind) {
    case "text":
      return { text: part.text, ...mediaType };
    case "data":
      return { data: part.data, ...mediaType };
    case "file": {
      const where = "url" in part ? { url: part.url } : { raw: part.bytes };
      return { ...where, ...given("filename", part.name), ...mediaType };
    }
    default:
      return part satisfies never;
  }
}

/** `{ key: value }`, or nothing when there is no value: absent and empty are the same in A2A. */
export function given<Key extends string, Value = string>(key: Key, value: Value | null | undefined): Partial<Record<Key, Value>> {
  if (value === undefined || value === null || value === "") return {};
  const pair: Partial<Record<Key, Value>> = {};
  pair[key] = value;
  return pair;
}

/** Whether a value is a JSON object: no list, no null. */
export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
