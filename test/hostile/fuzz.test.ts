import { describe, expect, it } from "vitest";
import { checkReply } from "../fixtures/api/check-reply.ts";
import { openSteeredCloud } from "../integration/support/steered-cloud.ts";
import { type FuzzRequest, Fuzzer, OpenApi } from "./fuzz.ts";
import { printTable } from "./print-table.ts";

const { cloud } = openSteeredCloud();
/** A campaign sends more, under another seed. */
const REQUESTS = Number(process.env["HOSTILE_REQUESTS"] ?? 10_000);
const SEED = Number(process.env["HOSTILE_SEED"] ?? 17);
const AT_ONCE = 8;
/** Streams end when their execution does, and every method of `rpc` is an operation that is called here. */
const LEFT_OUT = /^(?:streamExecution|rpc)$/;

interface Flaw {
  readonly request: FuzzRequest;
  readonly what: string;
}

async function send(request: FuzzRequest): Promise<{ readonly status: number; readonly flaw?: Flaw }> {
  const { url, token } = cloud.connection();
  const { method, target, body } = request;
  const reply = await fetch(`${url}${target}`, {
    method,
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    redirect: "manual",
    ...(body === undefined ? {} : { body }),
  });
  const text = await reply.text();
  if (reply.status >= 500) return { status: reply.status, flaw: { request, what: `${reply.status} ${text.slice(0, 200)}` } };
  try {
    checkReply({ method, target: placeOf(reply.url, url), status: reply.status, contentType: reply.headers.get("content-type") ?? "", text });
    return { status: reply.status };
  } catch (error) {
    return { status: reply.status, flaw: { request, what: error instanceof Error ? error.message.slice(0, 300) : "" } };
  }
}

/** The path that was asked for, as `fetch` wrote it: dots are resolved there. */
const placeOf = (asked: string, base: string): string => new URL(asked).pathname.slice(new URL(base).pathname.replace(/\/$/, "").length);

/** Flaws by what is wrong, the most frequent first, each with one request. */
function summary(flaws: readonly Flaw[]): string[] {
  const kinds = Map.groupBy(flaws, ({ request, what }) => `${request.method} ${what.replaceAll(/req[-_\w]*|[0-9a-f-]{36}/g, "…")}`);
  return [...kinds].map(([, some]) => `${some.length} × ${some[0]?.what} of ${JSON.stringify(some[0]?.request)}`.slice(0, 700));
}

describe("requests made of the OpenAPI document", () => {
  it("are answered as it says, and none with a 5xx", async () => {
    const document = OpenApi.parse((await cloud.call("GET", "/openapi.json")).body);
    const fuzzer = new Fuzzer(document, { seed: SEED }, (operation) => LEFT_OUT.test(operation));
    const statuses = new Map<number, number>();
    const flaws: Flaw[] = [];
    let left = REQUESTS;
    await Promise.all(
      Array.from({ length: AT_ONCE }, async () => {
        while (left > 0) {
          left -= 1;
          const { status, flaw } = await send(fuzzer.next());
          statuses.set(status, (statuses.get(status) ?? 0) + 1);
          if (flaw !== undefined) flaws.push(flaw);
        }
      }),
    );
    const counts = [...statuses].toSorted(([a], [b]) => a - b).map(([status, count]) => [String(status), String(count)]);
    printTable(`fuzz: ${REQUESTS} requests of seed ${SEED}, by status`, [...counts, ["schema misses and 5xx", String(flaws.length)]]);
    expect(summary(flaws)).toEqual([]);
  });
});
