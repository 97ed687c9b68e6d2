import { formatMarkdown, tidyLines } from "./format-markdown.ts";

/**
 * What a task made, in order: a text by what it is, and files (`files: [{path, content}]`) by their names. Nothing else is
 * touched. Formatting twice is formatting once.
 */
export function formatValue(value: unknown): unknown {
  if (typeof value === "string") return formatJson(value) ?? formatMarkdown(value);
  if (typeof value !== "object" || value === null || !("files" in value) || !Array.isArray(value.files)) return value;
  return { ...value, files: value.files.map(formatFile) };
}

function formatFile(file: unknown): unknown {
  if (typeof file !== "object" || file === null || !("path" in file) || !("content" in file)) return file;
  const { path, content } = file;
  return typeof path === "string" && typeof content === "string" ? { ...file, content: formatContent(path, content) } : file;
}

/** The content of a file. One that ends in no line end gets one. */
export function formatContent(path: string, content: string): string {
  if (/\.json$/i.test(path)) return ended(formatJson(content) ?? tidyLines(content));
  return ended(/\.(md|markdown)$/i.test(path) ? formatMarkdown(content) : tidyLines(content));
}

const ended = (text: string): string => (text === "" || text.endsWith("\n") ? text : `${text}\n`);

const TOKENS = /"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s{}[\],:"]+/g;
const INDENT = "  ";

/** JSON with an indent of two spaces, its numbers and texts as they were written; nothing for what is no object or list. */
function formatJson(text: string): string | undefined {
  if (!/^\s*[{[]/.test(text) || !isJson(text)) return undefined;
  let [made, depth] = ["", 0];
  let before = "";
  for (const [token] of text.matchAll(TOKENS)) {
    if (isClosing(token)) depth -= 1;
    made += gapBefore(token, before, INDENT.repeat(depth)) + token;
    if (token === "{" || token === "[") depth += 1;
    before = token;
  }
  return made;
}

const isClosing = (token: string): boolean => token === "}" || token === "]";

function gapBefore(token: string, before: string, indent: string): string {
  if (before === "" || token === "," || token === ":") return "";
  if (before === ":") return " ";
  const isEmpty = isClosing(token) && (before === "{" || before === "[");
  return isEmpty ? "" : `\n${indent}`;
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
