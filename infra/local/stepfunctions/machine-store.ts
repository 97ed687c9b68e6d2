import type { Database } from "./database.ts";
import type { DefinitionStore } from "./definition-store.ts";
import { isJsonArray, isJsonObject, parseJson, type Json } from "./json.ts";
import { numberOf, textOf, textOrNone, type Row } from "./rows.ts";

export interface Machine {
  readonly name: string;
  readonly definition: number;
  readonly roleArn: string;
  /** Logging, tracing and encryption settings: kept and shown, without effect. */
  readonly config: Json;
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly revision: number;
  /** The highest version number given out; numbers are never given twice. */
  readonly lastVersion: number;
}

export interface MachineVersion {
  readonly machine: string;
  readonly version: number;
  readonly definition: number;
  readonly roleArn: string;
  readonly revision: number;
  readonly description: string | undefined;
  readonly createdAt: number;
}

/** A share of an alias's starts, in percent. */
export interface Route {
  readonly version: number;
  readonly weight: number;
}

export interface MachineAlias {
  readonly machine: string;
  readonly name: string;
  readonly description: string | undefined;
  readonly routes: readonly Route[];
  readonly createdAt: number;
  readonly updatedAt: number;
}

/** State machines with their versions and aliases. */
export class MachineStore {
  readonly #database: Database;
  readonly #definitions: DefinitionStore;
  readonly #statements;

  constructor(database: Database, definitions: DefinitionStore) {
    this.#database = database;
    this.#definitions = definitions;
    const { sql } = database;
    this.#statements = {
      put: sql.prepare("INSERT OR REPLACE INTO machines VALUES (?,?,?,?,?,?,?,?)"),
      get: sql.prepare("SELECT * FROM machines WHERE name = ?"),
      list: sql.prepare("SELECT * FROM machines ORDER BY name"),
      remove: ["machines WHERE name = ?", "versions WHERE machine = ?", "aliases WHERE machine = ?"].map((rest) =>
        sql.prepare(`DELETE FROM ${rest}`),
      ),
      putVersion: sql.prepare("INSERT INTO versions VALUES (?,?,?,?,?,?,?)"),
      versions: sql.prepare("SELECT * FROM versions WHERE machine = ? ORDER BY version DESC"),
      version: sql.prepare("SELECT * FROM versions WHERE machine = ? AND version = ?"),
      removeVersion: sql.prepare("DELETE FROM versions WHERE machine = ? AND version = ?"),
      putAlias: sql.prepare("INSERT OR REPLACE INTO aliases VALUES (?,?,?,?,?,?)"),
      aliases: sql.prepare("SELECT * FROM aliases WHERE machine = ? ORDER BY name"),
      alias: sql.prepare("SELECT * FROM aliases WHERE machine = ? AND name = ?"),
      removeAlias: sql.prepare("DELETE FROM aliases WHERE machine = ? AND name = ?"),
      putTags: sql.prepare("INSERT OR REPLACE INTO tags VALUES (?,?)"),
      tags: sql.prepare("SELECT tags FROM tags WHERE arn = ?"),
    };
  }

  definitionText(id: number): string {
    return this.#definitions.text(id);
  }

  saveDefinition(text: string): number {
    return this.#definitions.save(text);
  }

  put(machine: Machine): void {
    this.#database.begin();
    const { name, definition, roleArn, config, createdAt, updatedAt, revision, lastVersion } = machine;
    this.#statements.put.run(
      name,
      definition,
      roleArn,
      JSON.stringify(config),
      createdAt,
      updatedAt,
      revision,
      lastVersion,
    );
  }

  get(name: string): Machine | undefined {
    const row = this.#statements.get.get(name);
    return row === undefined ? undefined : toMachine(row);
  }

  list(): Machine[] {
    return this.#statements.list.all().map(toMachine);
  }

  /** Removes a machine with its versions and aliases; its executions stay. */
  remove(name: string): void {
    this.#database.begin();
    for (const statement of this.#statements.remove) statement.run(name);
  }

  putVersion(added: MachineVersion): void {
    this.#database.begin();
    const { machine, version, definition, roleArn, revision, description = null, createdAt } = added;
    this.#statements.putVersion.run(machine, version, definition, roleArn, revision, description, createdAt);
  }

  version(machine: string, version: number): MachineVersion | undefined {
    const row = this.#statements.version.get(machine, version);
    return row === undefined ? undefined : toVersion(row);
  }

  /** Newest first. */
  versions(machine: string): MachineVersion[] {
    return this.#statements.versions.all(machine).map(toVersion);
  }

  removeVersion(machine: string, version: number): void {
    this.#database.begin();
    this.#statements.removeVersion.run(machine, version);
  }

  putAlias({ machine, name, description, routes, createdAt, updatedAt }: MachineAlias): void {
    this.#database.begin();
    const routing = JSON.stringify(routes.map(({ version, weight }) => ({ version, weight })));
    this.#statements.putAlias.run(machine, name, description ?? null, routing, createdAt, updatedAt);
  }

  alias(machine: string, name: string): MachineAlias | undefined {
    const row = this.#statements.alias.get(machine, name);
    return row === undefined ? undefined : toAlias(row);
  }

  aliases(machine: string): MachineAlias[] {
    return this.#statements.aliases.all(machine).map(toAlias);
  }

  removeAlias(machine: string, name: string): void {
    this.#database.begin();
    this.#statements.removeAlias.run(machine, name);
  }

  putTags(arn: string, tags: ReadonlyMap<string, string>): void {
    this.#database.begin();
    this.#statements.putTags.run(arn, JSON.stringify(Object.fromEntries(tags)));
  }

  tags(arn: string): Map<string, string> {
    const row = this.#statements.tags.get(arn);
    const tags = row === undefined ? {} : parseJson(textOf(row, "tags"));
    return new Map(
      isJsonObject(tags)
        ? Object.entries(tags).map(([key, value]) => [key, typeof value === "string" ? value : ""])
        : [],
    );
  }
}

const toMachine = (row: Row): Machine => ({
  name: textOf(row, "name"),
  definition: numberOf(row, "definition"),
  roleArn: textOf(row, "role_arn"),
  config: parseJson(textOf(row, "config")),
  createdAt: numberOf(row, "created_at"),
  updatedAt: numberOf(row, "updated_at"),
  revision: numberOf(row, "revision"),
  lastVersion: numberOf(row, "last_version"),
});

const toVersion = (row: Row): MachineVersion => ({
  machine: textOf(row, "machine"),
  version: numberOf(row, "version"),
  definition: numberOf(row, "definition"),
  roleArn: textOf(row, "role_arn"),
  revision: numberOf(row, "revision"),
  description: textOrNone(row, "description"),
  createdAt: numberOf(row, "created_at"),
});

function toAlias(row: Row): MachineAlias {
  const routes = parseJson(textOf(row, "routing"));
  return {
    machine: textOf(row, "machine"),
    name: textOf(row, "name"),
    description: textOrNone(row, "description"),
    routes: (isJsonArray(routes) ? routes : []).filter(isJsonObject).map((route) => ({
      version: Number(route["version"]),
      weight: Number(route["weight"]),
    })),
    createdAt: numberOf(row, "created_at"),
    updatedAt: numberOf(row, "updated_at"),
  };
}
