import * as z from "zod";

/** What comes over a WebSocket of an execution. */
export const Heard = z.object({
  type: z.string(),
  data: z.record(z.string(), z.unknown()),
  timestamp: z.string(),
  id: z.string().optional(),
  sequence: z.int().optional(),
});
export type Heard = z.infer<typeof Heard>;

/** A WebSocket by Node's own client, and everything that it heard. */
export class Listener {
  readonly heard: Heard[] = [];
  /** When each of them came, in milliseconds since the epoch. */
  readonly times: number[] = [];
  closed: { readonly code: number } | undefined;
  readonly #socket: WebSocket;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.addEventListener("message", ({ data }) => {
      this.times.push(Date.now());
      this.heard.push(Heard.parse(JSON.parse(String(data))));
    });
    socket.addEventListener("close", ({ code }) => (this.closed = { code }));
  }

  /** Opens one. @throws {Error} it is refused. */
  static open(url: string, headers: Readonly<Record<string, string>> = {}): Promise<Listener> {
    // Browsers take protocols there; Node takes headers as well, which the type of the web does not know.
    const options: object = { headers };
    const socket: WebSocket = Reflect.construct(WebSocket, [url, options]);
    const listener = new Listener(socket);
    return new Promise((resolve, reject) => {
      socket.addEventListener("open", () => resolve(listener));
      socket.addEventListener("error", () => reject(new Error(`${url.split("?")[0]} was refused`)));
    });
  }

  send(message: object): void {
    this.#socket.send(JSON.stringify(message));
  }

  close(): void {
    this.#socket.close();
  }

  typed(type: string): Heard[] {
    return this.heard.filter((each) => each.type === type);
  }
}
