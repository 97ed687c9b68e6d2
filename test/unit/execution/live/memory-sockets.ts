import type { Sockets } from "../../../../shared/aws/sockets.ts";
import { LiveMessage } from "../../../../shared/execution/live/live-message.ts";

/** Connections in memory: what each got, and how it takes what comes. */
export class MemorySockets implements Sockets {
  readonly got = new Map<string, LiveMessage[]>();
  readonly cuts: string[] = [];
  /** How often each still says that its buffer is full. */
  readonly full = new Map<string, number>();
  readonly gone = new Set<string>();
  posts = 0;

  readonly post = async (connection: string, text: string): Promise<"sent" | "gone" | "full"> => {
    this.posts += 1;
    if (this.gone.has(connection)) return "gone";
    const full = this.full.get(connection) ?? 0;
    if (full > 0) {
      this.full.set(connection, full - 1);
      return "full";
    }
    const messages = this.got.get(connection) ?? [];
    this.got.set(connection, [...messages, LiveMessage.parse(JSON.parse(text))]);
    return "sent";
  };

  readonly cut = async (connection: string): Promise<void> => void this.cuts.push(connection);

  typesOf(connection: string): string[] {
    return (this.got.get(connection) ?? []).map(({ type }) => type);
  }
}
