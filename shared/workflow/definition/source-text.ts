import {
  Composer,
  type CST,
  type Document,
  isAlias,
  isCollection,
  isMap,
  isNode,
  isScalar,
  isSeq,
  LineCounter,
  Parser,
  type YAMLMap,
  type YAMLParseError,
} from "yaml";
import { LIMITS } from "../../core/limits.ts";
import { WORKFLOW_LIMITS } from "../limits.ts";
import type { IssuePath } from "./issue.ts";
import type { IssueList } from "./issue-list.ts";
import { tooDeep } from "./inspect-value.ts";
import { present } from "../../core/present.ts";

/** Where something stands in a text; both count from 1. */
export interface TextPosition {
  readonly line: number;
  readonly column: number;
}

/** Findings about the text itself have no path yet, only an offset. */
export interface TextFlaw {
  readonly code: "YamlSyntax" | "JsonSyntax" | "DuplicateKey" | "MultipleDocuments" | "EmptyDocument" | "TooDeep";
  readonly message: string;
  readonly remedy: string;
  readonly offset: number;
}

/** A text read as one YAML (or JSON) document. Values come out only of texts without flaws. */
export class SourceText {
  readonly flaws: readonly TextFlaw[];
  readonly #lines = new LineCounter();
  readonly #document: Document.Parsed | undefined;

  constructor(source: string, format: "yaml" | "json") {
    const flaws: TextFlaw[] = format === "json" ? jsonFlaws(source) : [];
    const tokens = flaws.length === 0 ? [...new Parser(this.#lines.addNewLine).parse(source)] : [];
    const deep = offsetBeyondDepth(tokens);
    if (deep !== undefined) flaws.push({ ...tooDeep([]), offset: deep });
    if (flaws.length === 0) {
      // Duplicate keys are found below in linear time; the library compares every pair.
      const composer = new Composer({ merge: true, uniqueKeys: false, logLevel: "silent" });
      const [first, other] = composer.compose(tokens, true, source.length);
      this.#document = present(first);
      flaws.push(...documentFlaws(this.#document, other, format), ...duplicateKeys(this.#document));
    } else lineStarts(source, this.#lines);
    this.flaws = flaws;
  }

  /** The document as a plain value; aliases are resolved, up to `WORKFLOW_LIMITS.yamlAliasCopies`. */
  value(issues: IssueList): unknown {
    try {
      return this.#document?.toJS({ maxAliasCount: WORKFLOW_LIMITS.yamlAliasCopies });
    } catch (error) {
      // The library's two complaints at this stage: an alias without an anchor, and too many copies.
      if (!(error instanceof ReferenceError)) throw error;
      const isBomb = error.message.startsWith("Excessive alias count");
      issues.add("error", () => ({
        code: isBomb ? "AliasBomb" : "YamlSyntax",
        message: isBomb ? `aliases make more than ${WORKFLOW_LIMITS.yamlAliasCopies} copies` : error.message.toLowerCase(),
        remedy: isBomb ? "write out fewer aliases" : "define the anchor (&name) before its alias (*name)",
        segments: [],
      }));
      return undefined;
    }
  }

  /** Reads a number at a path as the text it was written with (`1.10` stays `1.10`). Returns that text. */
  readAsText(path: IssuePath): string | undefined {
    const node: unknown = this.#document?.getIn(path, true);
    if (!isScalar(node) || typeof node.value !== "number" || node.source === undefined) return undefined;
    node.value = node.source;
    return node.source;
  }

  positionAt(offset: number): TextPosition {
    const { line, col } = this.#lines.linePos(offset);
    return { line: Math.max(1, line), column: Math.max(1, col) };
  }

  /** Where a path leads: the value, or its key; for a path that does not exist, the last part of it that does. */
  positionOf(path: IssuePath, atKey: boolean): TextPosition {
    let node: unknown = this.#document?.contents;
    let offset = offsetOf(node) ?? 0;
    for (const [depth, segment] of path.entries()) {
      const pair = isMap(node) ? node.items.find(({ key }) => keyText(key) === String(segment)) : undefined;
      const item: unknown = isSeq(node) && typeof segment === "number" ? node.items[segment] : undefined;
      const found = pair === undefined ? item : (pair.value ?? pair.key);
      if (found === undefined) break;
      offset = offsetOf(atKey && depth === path.length - 1 && pair !== undefined ? pair.key : found) ?? offset;
      node = found;
    }
    return this.positionAt(offset);
  }
}

function offsetOf(node: unknown): number | undefined {
  return isNode(node) ? node.range?.[0] : undefined;
}

function keyText(key: unknown): string | undefined {
  if (isScalar(key)) return String(key.value);
  return isAlias(key) ? `*${key.source}` : undefined;
}

/** The strict reading comes from the runtime; the YAML reader would allow comments and trailing commas. */
function jsonFlaws(source: string): TextFlaw[] {
  try {
    JSON.parse(source);
    return [];
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    const stated = /position (\d+)/.exec(error.message)?.[1];
    const offset = stated === undefined ? source.length : Number(stated);
    const message = error.message.replace(/ in JSON at position.*| \(line \d+ column \d+\)/s, "").slice(0, 120);
    if (source.trim() === "") return [emptyDocument()];
    return [{ code: "JsonSyntax", message, remedy: "correct the JSON here, or just before", offset }];
  }
}

function lineStarts(source: string, lines: LineCounter): void {
  lines.lineStarts.length = 0;
  lines.addNewLine(0);
  for (let end = source.indexOf("\n"); end !== -1; end = source.indexOf("\n", end + 1)) lines.addNewLine(end + 1);
}

function emptyDocument(): TextFlaw {
  return { code: "EmptyDocument", message: "the document is empty", remedy: "start with `workflow:`", offset: 0 };
}

function documentFlaws(
  document: Document.Parsed,
  other: Document.Parsed | undefined,
  format: "yaml" | "json",
): TextFlaw[] {
  const errors = format === "json" ? [] : document.errors.map(syntaxFlaw);
  if (errors.length > 0) return errors;
  if (document.contents === null || offsetOf(document.contents) === undefined)
    return [emptyDocument()];
  if (isScalar(document.contents) && document.contents.value === null) return [emptyDocument()];
  if (other === undefined) return [];
  const remedy = "keep one workflow per file: remove `---` and what follows";
  return [{ code: "MultipleDocuments", message: "more than one document", remedy, offset: other.range[0] }];
}

function syntaxFlaw(error: YAMLParseError): TextFlaw {
  const isTab = error.code === "TAB_AS_INDENT";
  return {
    code: "YamlSyntax",
    message: error.message.replace(/ at line \d+.*/s, ""),
    remedy: isTab ? "indent with spaces" : "correct the YAML here, or just before",
    offset: error.pos[0],
  };
}

/** Finds where a text nests deeper than allowed, before anything reads it recursively. */
function offsetBeyondDepth(tokens: readonly CST.Token[]): number | undefined {
  const open: { token: CST.Token; depth: number }[] = tokens.map((token) => ({ token, depth: 0 }));
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { token, depth } = next;
    if (depth > LIMITS.definitionDepth) return token.offset;
    if (token.type === "document" && token.value !== undefined) open.push({ token: token.value, depth });
    if (!("items" in token)) continue;
    for (const { key, value } of token.items) {
      if (key) open.push({ token: key, depth: depth + 1 });
      if (value) open.push({ token: value, depth: depth + 1 });
    }
  }
  return undefined;
}

function duplicateKeys(document: Document.Parsed): TextFlaw[] {
  const flaws: TextFlaw[] = [];
  const open: unknown[] = [document.contents];
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    if (isMap(node)) flaws.push(...repeatedKeys(node));
    const children = isMap(node) ? node.items.map(({ value }) => value) : isSeq(node) ? node.items : [];
    for (const child of children) if (isCollection(child)) open.push(child);
  }
  return flaws.sort((a, b) => a.offset - b.offset).slice(0, WORKFLOW_LIMITS.issuesPerReport);
}

function repeatedKeys(map: YAMLMap): TextFlaw[] {
  const seen = new Set<string>();
  return map.items.flatMap(({ key }) => {
    const name = keyText(key);
    if (name === undefined || name === "<<" || !seen.has(name)) {
      if (name !== undefined) seen.add(name);
      return [];
    }
    const remedy = "remove one of the two";
    return [
      { code: "DuplicateKey", message: `the key "${name}" appears twice`, remedy, offset: present(offsetOf(key)) },
    ] as const;
  });
}
