import { etagOf, type PageFile, type PageFiles } from "./page-files.ts";

/** What of a request decides the answer. */
export interface PageRequest {
  /** From the API's root, as `/ui/executions`. */
  readonly path: string;
  /** What stands before it in the caller's URL: the stage, unless a domain of our own hides it. */
  readonly basePath: string;
  readonly acceptEncoding: string;
  readonly ifNoneMatch: string;
}

/** A whole reply. */
export interface PageReply {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer | string;
}

/**
 * Scripts and styles are files of ours and nothing else; `require-trusted-types-for` with no policy allowed means that
 * no text ever becomes markup. Pictures that agents draw are shown as blobs, in which scripts do not run.
 */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "font-src 'self'",
  "connect-src 'self'",
  "img-src 'self' blob: data:",
  "base-uri 'self'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join("; ");

/** On every reply, refusals included. */
const SECURITY_HEADERS: Readonly<Record<string, string>> = {
  "content-security-policy": CONTENT_SECURITY_POLICY,
  "strict-transport-security": "max-age=63072000; includeSubDomains",
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
  "referrer-policy": "no-referrer",
  "cross-origin-opener-policy": "same-origin",
  "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=()",
};

/** A name follows from its content, so what it names never changes. */
const FOR_EVER = "public, max-age=31536000, immutable";

const ASSETS = "/ui/assets/";

/** Answers with an asset, or with the frame of the page, whose own script reads the rest of the address. */
export function servePage({ index, assets }: PageFiles, request: PageRequest): PageReply {
  const { path, basePath } = request;
  if (path === "/" || path === "/ui" || path === "") return redirectTo(`${basePath}/ui/`);
  if (!path.startsWith(ASSETS)) return sendIndex(index.replace("%BASE%", attribute(`${basePath}/ui/`)), request);
  const asset = assets.get(path.slice(ASSETS.length));
  return asset === undefined ? noSuchAsset() : sendAsset(asset, request);
}

function sendIndex(html: string, { ifNoneMatch }: PageRequest): PageReply {
  const etag = etagOf(html);
  const headers = { ...SECURITY_HEADERS, "content-type": "text/html; charset=utf-8", "cache-control": "no-cache", etag };
  return hasTag(ifNoneMatch, etag) ? { statusCode: 304, headers, body: "" } : { statusCode: 200, headers, body: html };
}

function sendAsset({ type, content, br, gzip, etag }: PageFile, { acceptEncoding, ifNoneMatch }: PageRequest): PageReply {
  const headers = {
    ...SECURITY_HEADERS,
    "content-type": type,
    "cache-control": FOR_EVER,
    etag,
    ...(br === undefined && gzip === undefined ? {} : { vary: "accept-encoding" }),
  };
  if (hasTag(ifNoneMatch, etag)) return { statusCode: 304, headers, body: "" };
  const packed = [["br", br] as const, ["gzip", gzip] as const].find(
    ([name, body]) => body !== undefined && accepts(acceptEncoding, name),
  );
  const [encoding, body] = packed ?? [];
  if (encoding === undefined || body === undefined) return { statusCode: 200, headers, body: content };
  return { statusCode: 200, headers: { ...headers, "content-encoding": encoding }, body };
}

/** Whether an `Accept-Encoding` names a coding without ruling it out (`br;q=0`). */
const accepts = (header: string, coding: string): boolean =>
  header.split(",").some((entry) => {
    const [name = "", ...parameters] = entry.split(";").map((part) => part.trim().toLowerCase());
    return name === coding && !parameters.some((parameter) => /^q=0(\.0*)?$/.test(parameter));
  });

const hasTag = (header: string, etag: string): boolean =>
  header.split(",").some((entry) => entry.trim().replace(/^W\//, "") === etag);

const redirectTo = (location: string): PageReply => ({
  statusCode: 302,
  headers: { ...SECURITY_HEADERS, "cache-control": "no-store", location },
  body: "",
});

/** A page that was open while a new version was deployed asks for parts that are gone. */
const noSuchAsset = (): PageReply => ({
  statusCode: 404,
  headers: { ...SECURITY_HEADERS, "content-type": "text/plain; charset=utf-8", "cache-control": "no-store" },
  body: "this part of the page belongs to another version; load the page again",
});

const attribute = (text: string): string => text.replaceAll("&", "&amp;").replaceAll('"', "&quot;").replaceAll("<", "&lt;");
