import { describe, expect, it } from "vitest";
import { EMPTY_BOOK, hold, lease, useTokens } from "../../../../shared/agents/registry/permit-book.ts";

describe("a group's permits", () => {
  it("wait until so many tokens are a minute old that the rest is below the limit", () => {
    const used = [
      [0, 50],
      [10_000, 60],
      [20_000, 30],
    ] as const;
    const book = used.reduce((before, [at, count]) => useTokens(before, count, at), EMPTY_BOOK);
    expect(lease(book, { tokens_per_minute: 60 }, 30_000)).toEqual({ kind: "wait", waitMs: 40_000 });
    expect(lease(book, { tokens_per_minute: 91 }, 30_000)).toEqual({ kind: "wait", waitMs: 30_000 });
    expect(lease(book, { tokens_per_minute: 60 }, 70_000)).toEqual({ kind: "free" });
  });

  it("wait until the oldest of as many sends as there may be counts no more", () => {
    const first = lease(EMPTY_BOOK, { requests_per_minute: 1 }, 5000);
    expect(first).toMatchObject({ kind: "leased", permits: 1 });
    const book = first.kind === "leased" ? first.book : EMPTY_BOOK;
    expect(lease(book, { requests_per_minute: 1 }, 15_000)).toEqual({ kind: "wait", waitMs: 52_000 });
    expect(lease(book, { requests_per_minute: 1 }, 67_000)).toMatchObject({ kind: "leased", permits: 1 });
  });

  it("wait for a provider that asked for it, however few were used", () => {
    expect(lease(hold(EMPTY_BOOK, 9000), { requests_per_minute: 600 }, 2000)).toEqual({ kind: "wait", waitMs: 7000 });
  });
});
