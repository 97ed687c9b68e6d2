import { LIMITS } from "./limits.ts";

/** Any JSON value. Values are shared between frames, so nobody mutates one. */
export type Json = null | boolean | number | string | readonly Json[] | JsonObject;
export interface JsonObject {
  readonly [key: string]: Json;
}

/** Tells a JSON object from arrays, scalars and null. */
export function isJsonObject(value: Json | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Narrows `Array.isArray` to JSON arrays. */
export function isJsonArray(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value);
}

/** @throws {SyntaxError} the text is not JSON. */
export function parseJson(text: string): Json {
  const value: Json = JSON.parse(text);
  return value;
}

/** A JSON document that is parsed or printed only when somebody asks, and then once. */
export class Doc {
  #value: Json | undefined;
  #text: string | undefined;

  private constructor(value: Json | undefined, text: string | undefined) {
    this.#value = value;
    this.#text = text;
  }

  static of(value: Json): Doc {
    return new Doc(value, undefined);
  }

  static fromText(text: string): Doc {
    return new Doc(undefined, text);
  }

  get value(): Json {
    return (this.#value ??= parseJson(this.text));
  }

  get text(): string {
    return (this.#text ??= JSON.stringify(this.#value ?? null));
  }

  /** Whether the document passes the 256 KB payload quota. Counts bytes only when characters leave a doubt. */
  get isTooLarge(): boolean {
    const { length } = this.text;
    if (length > LIMITS.payloadBytes) return true;
    return length * 3 > LIMITS.payloadBytes && Buffer.byteLength(this.text) > LIMITS.payloadBytes;
  }
}
