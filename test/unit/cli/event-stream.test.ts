import { describe, expect, it } from "vitest";
import { readEvents, type ServerEvent } from "../../../infra/cli/client/event-stream.ts";

const stream = (...chunks: readonly string[]): ReadableStream<Uint8Array> =>
  ReadableStream.from(chunks.map((chunk) => new TextEncoder().encode(chunk)));

async function read(body: ReadableStream<Uint8Array>): Promise<ServerEvent[]> {
  const found: ServerEvent[] = [];
  for await (const event of readEvents(body, 1000)) found.push(event);
  return found;
}

describe("readEvents", () => {
  it.each([
    { what: "an event", chunks: ["event: status\ndata: 1\n\n"], events: [{ event: "status", data: "1" }] },
    {
      what: "an event in pieces",
      chunks: ["event: sta", "tus\ndat", "a: 1\n", "\n"],
      events: [{ event: "status", data: "1" }],
    },
    { what: "data of several lines", chunks: ["data: a\ndata: b\n\n"], events: [{ event: "message", data: "a\nb" }] },
    { what: "carriage returns", chunks: ["event: end\r\ndata: {}\r\n\r\n"], events: [{ event: "end", data: "{}" }] },
    {
      what: "bare carriage returns",
      chunks: ["event: a\rdata: 1\r", "\rdata: 2\r\r"],
      events: [
        { event: "a", data: "1" },
        { event: "message", data: "2" },
      ],
    },
    { what: "a byte order mark", chunks: ["\uFEFFdata: 1\n\n"], events: [{ event: "message", data: "1" }] },
    {
      what: "comments between events",
      chunks: [": alive\n\ndata:x\n\n: alive\n\n"],
      events: [{ event: "message", data: "x" }],
    },
    { what: "an event cut off", chunks: ["data: 1\n\ndata: 2\n"], events: [{ event: "message", data: "1" }] },
  ])("reads $what", async ({ chunks, events }) => {
    expect(await read(stream(...chunks))).toEqual(events);
  });

  it("reads a character that two chunks share", async () => {
    const bytes = new TextEncoder().encode("data: é\n\n");
    const body = ReadableStream.from([bytes.slice(0, 7), bytes.slice(7)]);
    expect(await read(body)).toEqual([{ event: "message", data: "é" }]);
  });

  it("gives up on silence and lets the connection go", async () => {
    let isCancelled = false;
    const silent = new ReadableStream<Uint8Array>({ cancel: () => void (isCancelled = true) });
    await expect(readEvents(silent, 20).next()).rejects.toThrow("silent for 0.02 s");
    expect(isCancelled).toBe(true);
  });
});
