import { describe, expect, it } from "vitest";
import { etagOf, type PageFiles } from "../../../../functions/serve-dashboard/page-files.ts";
import { type PageRequest, servePage } from "../../../../functions/serve-dashboard/serve-page.ts";

const bytes = (text: string): Buffer => Buffer.from(text);
const PAGE: PageFiles = {
  index: '<base href="%BASE%" /><script src="assets/page-ABC.js"></script>',
  assets: new Map([
    ["page-ABC.js", { type: "text/javascript; charset=utf-8", content: bytes("plain"), br: bytes("br"), gzip: bytes("gz"), etag: '"tag"' }],
    ["inter-DEF.woff2", { type: "font/woff2", content: bytes("font"), br: undefined, gzip: undefined, etag: '"font"' }],
  ]),
};

const ask = (path: string, more: Partial<PageRequest> = {}) =>
  servePage(PAGE, { path, basePath: "/dev", acceptEncoding: "gzip, deflate, br", ifNoneMatch: "", ...more });

describe("servePage", () => {
  it.each(["/ui/", "/ui/executions/exec_1", "/ui/workflows/close/versions/1.0", "/ui/nowhere"])(
    "answers %s with the frame, whose base is where the caller is",
    (path) => {
      const { statusCode, headers, body } = ask(path);
      expect(statusCode).toBe(200);
      expect(headers).toMatchObject({ "content-type": "text/html; charset=utf-8", "cache-control": "no-cache" });
      expect(String(body)).toContain('<base href="/dev/ui/" />');
    },
  );

  it("has no base but the root behind a domain of its own, and escapes what a caller put into the path", () => {
    expect(String(ask("/ui/", { basePath: "" }).body)).toContain('<base href="/ui/" />');
    expect(String(ask("/ui/", { basePath: '/"><script>' }).body)).toContain('<base href="/&quot;>&lt;script>/ui/" />');
  });

  it.each(["/", "/ui"])("sends who asks for %s to the page", (path) => {
    expect(ask(path)).toMatchObject({ statusCode: 302, headers: { location: "/dev/ui/", "cache-control": "no-store" } });
  });

  it.each([
    { accepts: "gzip, deflate, br, zstd", encoding: "br", body: "br" },
    { accepts: "gzip", encoding: "gzip", body: "gz" },
    { accepts: "br;q=0, gzip;q=0.5", encoding: "gzip", body: "gz" },
    { accepts: "br;q=0.0,gzip;q=0", encoding: undefined, body: "plain" },
    { accepts: "", encoding: undefined, body: "plain" },
    { accepts: "brotli", encoding: undefined, body: "plain" },
  ])("sends an asset as '$accepts' takes it", ({ accepts, encoding, body }) => {
    const reply = ask("/ui/assets/page-ABC.js", { acceptEncoding: accepts });
    expect(String(reply.body)).toBe(body);
    expect(reply.headers["content-encoding"]).toBe(encoding);
    expect(reply.headers).toMatchObject({ "cache-control": "public, max-age=31536000, immutable", vary: "accept-encoding" });
  });

  it("sends fonts as they are", () => {
    const { headers, body } = ask("/ui/assets/inter-DEF.woff2");
    expect(String(body)).toBe("font");
    expect(headers).not.toHaveProperty("content-encoding");
    expect(headers).not.toHaveProperty("vary");
  });

  it("sends nothing again to who has it", () => {
    expect(ask("/ui/assets/page-ABC.js", { ifNoneMatch: '"other", W/"tag"' })).toMatchObject({ statusCode: 304, body: "" });
    const { headers } = ask("/ui/");
    expect(ask("/ui/executions", { ifNoneMatch: headers["etag"] ?? "" })).toMatchObject({ statusCode: 304, body: "" });
    expect(ask("/ui/", { ifNoneMatch: headers["etag"] ?? "", basePath: "/prod" }).statusCode).toBe(200);
  });

  it.each(["/ui/assets/page-OLD.js", "/ui/assets/", "/ui/assets/../index.html", "/ui/assets/__proto__"])("has no asset %s", (path) => {
    expect(ask(path)).toMatchObject({ statusCode: 404, headers: { "content-type": "text/plain; charset=utf-8", "cache-control": "no-store" } });
  });

  it.each(["/ui/", "/ui/assets/page-ABC.js", "/ui/assets/none.js", "/"])("guards %s by every security header", (path) => {
    const { headers } = ask(path);
    expect(headers["content-security-policy"]).toContain("default-src 'none'; script-src 'self'; style-src 'self'");
    expect(headers["content-security-policy"]).toContain("require-trusted-types-for 'script'; trusted-types 'none'");
    expect(headers["content-security-policy"]).not.toMatch(/unsafe|\*/);
    expect(headers).toMatchObject({
      "strict-transport-security": "max-age=63072000; includeSubDomains",
      "x-content-type-options": "nosniff",
      "x-frame-options": "DENY",
      "referrer-policy": "no-referrer",
      "cross-origin-opener-policy": "same-origin",
      "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=()",
    });
  });

  it("tags equal bytes equally", () => {
    expect(etagOf("a")).toBe(etagOf(Buffer.from("a")));
    expect(etagOf("a")).not.toBe(etagOf("b"));
  });
});
