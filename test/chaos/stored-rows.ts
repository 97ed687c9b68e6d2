/** Looks into the embedded cloud's DynamoDB without opening it: whether it runs or was killed, nothing changes. */
import path from "node:path";
import { DatabaseSync } from "node:sqlite";
import { readJournal } from "../../infra/local/dynamodb/store/journal.ts";
import { readEntry } from "../../infra/local/dynamodb/store/log-entry.ts";
import { keyText } from "../../infra/local/dynamodb/table/key-text.ts";
import { fromStoredText } from "../../infra/local/dynamodb/values/stored-text.ts";
import type { Item } from "../../infra/local/dynamodb/values/value.ts";

/** The items of one partition in the order of their keys, as file and log have them. */
export function storedRows(directory: string, table: string, partition: string): Item[] {
  const sql = new DatabaseSync(path.join(directory, "dynamodb.sqlite"), { readOnly: true });
  try {
    const space = Number(
      sql.prepare("SELECT json_extract(stored, '$.space') AS space FROM tables WHERE name = ?").get(table)?.["space"],
    );
    const saved = Number(sql.prepare("SELECT value FROM meta WHERE name = 'lsn'").get()?.["value"] ?? 0);
    const rows = sql.prepare("SELECT sort, text FROM rows WHERE space = ? AND part = ?").all(space, keyText(partition));
    const texts = new Map<string, string | undefined>(rows.map(({ sort, text }) => [String(sort), String(text)]));
    const newer = readJournal(path.join(directory, "dynamodb.log"), false)
      .map(readEntry)
      .filter(({ lsn }) => lsn > saved);
    for (const change of newer.flatMap(({ changes }) => changes))
      if (change.space === space && change.part === keyText(partition)) texts.set(change.sort, change.text);
    const found = [...texts].toSorted(([a], [b]) => (a < b ? -1 : 1));
    return found.flatMap(([, text]) => (text === undefined ? [] : [fromStoredText(text)]));
  } finally {
    sql.close();
  }
}
