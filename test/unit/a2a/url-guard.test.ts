import type { LookupAddress } from "node:dns";

import { describe, expect, it } from "vitest";

import { ForbiddenUrlError } from "../../../shared/a2a/errors.ts";
import { guardedLookup, guardUrl, isPublicAddress } from "../../../shared/a2a/url-guard.ts";

const NONE: ReadonlySet<string> = new Set();

describe("guardUrl", () => {
  it.each([
    "https://agents.example.com/a2a",
    "https://8.8.8.8/",
    "https://[2606:4700:4700::1111]/",
    "https://localhost.example.com/",
    "https://example.com:8443/",
  ])("lets %s pass", (url) => {
    expect(guardUrl(url, NONE)).toMatchObject({ trusted: false, url: new URL(url) });
  });

  it.each([
    ["plain http", "http://example.com/"],
    ["another scheme", "file:///etc/passwd"],
    ["gopher", "gopher://example.com/"],
    ["no URL", "example.com"],
    ["a relative URL", "/a2a"],
    ["a password", "https://user:secret@example.com/"],
    ["a user name that looks like a host", "https://example.com@127.0.0.1/"],
    ["loopback", "https://127.0.0.1/"],
    ["loopback, short", "https://127.1/"],
    ["loopback, decimal", "https://2130706433/"],
    ["loopback, hexadecimal", "https://0x7f000001/"],
    ["loopback, octal", "https://0177.0.0.1/"],
    ["loopback, full-width digits", "https://１２７.0.0.1/"],
    ["loopback, trailing dot", "https://127.0.0.1./"],
    ["loopback, IPv6", "https://[::1]/"],
    ["loopback, IPv4-mapped", "https://[::ffff:127.0.0.1]/"],
    ["loopback, IPv4-mapped in hex", "https://[::ffff:7f00:1]/"],
    ["loopback, IPv4-compatible", "https://[::127.0.0.1]/"],
    ["loopback, NAT64", "https://[64:ff9b::7f00:1]/"],
    ["loopback, 6to4", "https://[2002:7f00:1::]/"],
    ["loopback, Teredo", "https://[2001:0:4136:e378:8000:63bf:80ff:fffe]/"],
    ["unspecified", "https://0.0.0.0/"],
    ["unspecified, IPv6", "https://[::]/"],
    ["instance metadata", "https://169.254.169.254/latest/meta-data/"],
    ["instance metadata, decimal", "https://2852039166/"],
    ["instance metadata, IPv6", "https://[fd00:ec2::254]/"],
    ["task metadata", "https://169.254.170.2/v2/credentials"],
    ["Azure's wire server", "https://168.63.129.16/"],
    ["Google's metadata name", "https://metadata.google.internal/"],
    ["private 10/8", "https://10.1.2.3/"],
    ["private 172.16/12", "https://172.31.255.255/"],
    ["private 192.168/16", "https://192.168.0.1/"],
    ["carrier-grade NAT", "https://100.100.100.200/"],
    ["link-local, IPv6", "https://[fe80::1]/"],
    ["unique local, IPv6", "https://[fc00::1]/"],
    ["multicast", "https://224.0.0.1/"],
    ["broadcast", "https://255.255.255.255/"],
    ["localhost", "https://localhost/"],
    ["localhost, upper case, trailing dot", "https://LOCALHOST./"],
    ["a name below localhost", "https://a.localhost/"],
    ["localhost in circled letters", "https://ⓛⓞⓒⓐⓛⓗⓞⓢⓣ/"],
    ["mDNS", "https://printer.local/"],
  ])("refuses %s: %s", (_, url) => {
    expect(() => guardUrl(url, NONE)).toThrow(ForbiddenUrlError);
  });

  it.each([
    { entry: "127.0.0.1", url: "http://127.0.0.1:8080/", trusted: true },
    { entry: "127.0.0.1:8080", url: "http://127.0.0.1:8080/", trusted: true },
    { entry: "localhost", url: "https://localhost/", trusted: true },
    { entry: "[::1]:9000", url: "http://[::1]:9000/", trusted: true },
    { entry: "127.0.0.1", url: "http://2130706433/", trusted: true },
    { entry: "127.0.0.1", url: "https://example.com/", trusted: false },
  ])("with $entry on the list, $url is trusted: $trusted", ({ entry, url, trusted }) => {
    expect(guardUrl(url, new Set([entry])).trusted).toBe(trusted);
  });

  it.each([
    { entry: "127.0.0.1:8080", url: "http://127.0.0.1:8081/" },
    { entry: "127.0.0.1", url: "http://127.0.0.2/" },
    { entry: "127.0.0.1", url: "http://localhost/" },
    { entry: "127.0.0.1", url: "ftp://127.0.0.1/" },
    { entry: "127.0.0.1", url: "http://user@127.0.0.1/" },
  ])("with $entry on the list, $url is still refused", ({ entry, url }) => {
    expect(() => guardUrl(url, new Set([entry]))).toThrow(ForbiddenUrlError);
  });

  it("does not repeat a password in its message", () => {
    expect(() => guardUrl("https://user:hunter2@example.com/", NONE)).toThrow(/^(?!.*hunter2).*$/);
  });
});

describe("isPublicAddress", () => {
  it.each(["", "example.com", "fe80::1%eth0", "::ffff:10.0.0.1", "192.0.2.1"])("says no to %s", (address) => {
    expect(isPublicAddress(address)).toBe(false);
  });
});

describe("guardedLookup", () => {
  const resolve = (name: string, all: boolean) =>
    new Promise<{ error: Error | null; address: string | LookupAddress[] }>((done) => {
      guardedLookup(name, { all }, (error, address) => done({ error, address }));
    });

  it.each([
    { name: "localhost", all: true },
    { name: "localhost", all: false },
    { name: "127.0.0.1", all: true },
  ])("refuses $name by the address it resolves to (all: $all)", async ({ name, all }) => {
    expect((await resolve(name, all)).error).toBeInstanceOf(ForbiddenUrlError);
  });

  it("answers in the form that was asked for", async () => {
    expect(await resolve("8.8.8.8", true)).toEqual({ error: null, address: [{ address: "8.8.8.8", family: 4 }] });
    expect(await resolve("8.8.8.8", false)).toEqual({ error: null, address: "8.8.8.8" });
  });
});
