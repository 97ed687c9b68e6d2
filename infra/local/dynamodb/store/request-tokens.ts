import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { RequestToken } from "./log-entry.ts";

/** So long a token makes a repeat harmless. */
const VALID_SECONDS = 600;

/** Tokens of transactions that have happened, so that a repeat does nothing. */
export class RequestTokens {
  readonly #known = new Map<string, { readonly request: string; readonly at: number }>();
  readonly #insert: StatementSync;
  readonly #expire: StatementSync;
  #unsaved: string[] = [];

  constructor(sql: DatabaseSync) {
    this.#insert = sql.prepare("INSERT OR REPLACE INTO tokens (token, request, at) VALUES (?, ?, ?)");
    this.#expire = sql.prepare("DELETE FROM tokens WHERE at < ?");
    for (const row of sql.prepare("SELECT token, request, at FROM tokens ORDER BY at").all())
      this.#known.set(String(row["token"]), { request: String(row["request"]), at: Number(row["at"]) });
  }

  /** What the token's request was; `undefined`: it was not seen, or long ago. */
  requestOf(token: string, nowSeconds: number): string | undefined {
    const known = this.#known.get(token);
    return known === undefined || known.at < nowSeconds - VALID_SECONDS ? undefined : known.request;
  }

  add({ token, request }: RequestToken, nowSeconds: number): void {
    this.#known.delete(token);
    this.#known.set(token, { request, at: nowSeconds });
    this.#unsaved.push(token);
  }

  save(nowSeconds: number): void {
    for (const [token, { at }] of this.#known) {
      if (at >= nowSeconds - VALID_SECONDS) break;
      this.#known.delete(token);
    }
    for (const token of this.#unsaved) {
      const known = this.#known.get(token);
      if (known !== undefined) this.#insert.run(token, known.request, known.at);
    }
    if (this.#unsaved.length > 0) this.#expire.run(nowSeconds - VALID_SECONDS);
  }

  isSaved(): void {
    this.#unsaved = [];
  }
}
