import { describe, expect, it } from "vitest";
import { ForbiddenUrlError } from "../../shared/a2a/errors.ts";
import { guardUrl, isPublicAddress } from "../../shared/a2a/url-guard.ts";
import { printTable } from "./print-table.ts";

/** Hosts inside, in every spelling that a URL takes. */
const HOSTS: readonly string[] = [
  "127.0.0.1", "127.1", "127.0.1", "0177.0.0.1", "0x7f.0.0.1", "0x7f000001", "2130706433", "017700000001", "127.0.0.1.", "127.255.255.254", "0", "0.0.0.0", "0x0",
  "10.0.0.1", "10.255.255.255", "167772161", "172.16.0.1", "172.31.255.255", "192.168.0.1", "0xc0a80001", "192.168.255.255", "100.64.0.1", "100.127.255.254",
  "169.254.169.254", "169.254.170.2", "2852039166", "0xa9fea9fe", "0251.0376.0251.0376", "168.63.129.16", "192.0.0.192", "192.0.2.1", "198.18.0.1", "198.51.100.7",
  "203.0.113.9", "224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255", "192.88.99.1",
  "[::1]", "[::]", "[0:0:0:0:0:0:0:1]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[::ffff:169.254.169.254]", "[::127.0.0.1]", "[64:ff9b::7f00:1]", "[64:ff9b::a9fe:a9fe]",
  "[2002:7f00:1::]", "[2002:a9fe:a9fe::]", "[2001:0:7f00:1::]", "[fe80::1]", "[fc00::1]", "[fd00:ec2::254]", "[fec0::1]", "[ff02::1]", "[2001:db8::1]", "[::ffff:0:127.0.0.1]", "[100::1]",
  "localhost", "LOCALHOST", "localhost.", "a.localhost", "metadata.google.internal", "instance-data.ec2.internal", "printer.local", "router.home.arpa", "x.localdomain", "db.internal.",
  "１２７.０.０.１", "127。0。0。1", "ⓛocalhost", "loc%61lhost",
];
const WHOLE: readonly string[] = [
  "", " ", "x", "//example.org", "/path", "javascript:alert(1)", "data:text/plain,x", "file:///etc/passwd", "ftp://example.org/", "gopher://example.org:70/", "ws://example.org/", "http://example.org/",
  "https://user@example.org/", "https://user:pass@example.org/", "https://:pass@example.org/", "https://example.org@127.0.0.1/", "https://127.0.0.1\\@example.org/", "https://127.0.0.1#@example.org/",
  "https://exa mple.org/", "https://", "https:///", "https://[", "https://[::1", "https://example.org:99999/", "https://example.org:-1/", "blob:https://example.org/x", "https://%00/", "https://\u0000.org/", "jar:https://example.org!/", "dict://example.org:11211/",
];

const isHeld = (url: string): boolean => {
  try {
    guardUrl(url, new Set());
    return false;
  } catch (error) {
    return error instanceof ForbiddenUrlError;
  }
};

describe("URLs of strangers", () => {
  it("that lead inside are refused, however they are written", () => {
    const urls = [...HOSTS.map((host) => `https://${host}/a2a`), ...WHOLE];
    const open = urls.filter((url) => !isHeld(url));
    printTable("hostile URLs", [[`${urls.length} tried`, `${urls.length - open.length} refused`]]);
    expect(urls.length).toBeGreaterThanOrEqual(100);
    expect(open).toEqual([]);
  });

  it("that lead outside are taken", () => {
    for (const url of ["https://example.org/", "https://1.1.1.1/", "https://[2606:4700::1111]/", "https://10.example.org/"]) expect(isHeld(url), url).toBe(false);
    expect(isPublicAddress("8.8.8.8")).toBe(true);
  });
});
