import type { Authorizer } from "./rest-api.ts";

/** What a route does with a message, and who may open a connection by it. */
export interface SocketRoute {
  readonly functionArn: string;
  readonly authorizer: Authorizer | undefined;
}

/** A WebSocket API: its routes by key, its stages, and which field of a message names its route. */
export class WebSocketApi {
  readonly id: string;
  readonly name: string;
  readonly stages = new Map<string, Readonly<Record<string, string>>>();
  readonly #routes = new Map<string, SocketRoute>();
  readonly #selection: readonly string[];

  /** @param selection such as `$request.body.action`. */
  constructor({ id, name, selection }: { id: string; name: string; selection: string }) {
    this.id = id;
    this.name = name;
    this.#selection = selection.replace(/^\$\{?request\.body\./, "").replace(/\}$/, "").split(".");
  }

  addRoute(key: string, route: SocketRoute): void {
    this.#routes.set(key, route);
  }

  route(key: string): SocketRoute | undefined {
    return this.#routes.get(key);
  }

  /** The route that a message names, or `$default`. */
  routeKeyOf(text: string): string {
    const key = fieldOf(text, this.#selection);
    return typeof key === "string" && !key.startsWith("$") && this.#routes.has(key) ? key : "$default";
  }
}

function fieldOf(text: string, path: readonly string[]): unknown {
  try {
    return path.reduce<unknown>((value, name) => (typeof value === "object" && value !== null ? Reflect.get(value, name) : undefined), JSON.parse(text));
  } catch {
    return undefined;
  }
}
