/**
 * Tables of `dynamodb.sqlite`: everything up to the log sequence number in `meta`; what is newer is in the log.
 * An entry of an index has the place of its row as text, and lies in a space of its own.
 */
export const DATABASE_SCHEMA = `
CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS tables (name TEXT PRIMARY KEY, stored TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS rows (
  space INTEGER NOT NULL, part TEXT NOT NULL, sort TEXT NOT NULL, text TEXT NOT NULL, expires INTEGER,
  PRIMARY KEY (space, part, sort)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS rows_by_expiry ON rows (space, expires) WHERE expires IS NOT NULL;
CREATE TABLE IF NOT EXISTS stream_records (
  lsn INTEGER PRIMARY KEY, space INTEGER NOT NULL, at INTEGER NOT NULL, by_service INTEGER NOT NULL,
  new_text TEXT, old_text TEXT
);
CREATE INDEX IF NOT EXISTS stream_records_by_space ON stream_records (space, lsn);
CREATE TABLE IF NOT EXISTS tokens (token TEXT PRIMARY KEY, request TEXT NOT NULL, at INTEGER NOT NULL) WITHOUT ROWID;
`;
