import { executionArn, machineArn } from "./arns.ts";
import type { Execution } from "./execution.ts";
import type { Database } from "./database.ts";
import type { EngineOptions, StatusChangeDetail, StatusChangeEvent } from "./integrations.ts";
import { randomUuid } from "./intrinsic-functions.ts";
import { numberOf, textOf } from "./rows.ts";

// "included" turns false when input and output together pass 248 KiB, so that the event fits EventBridge's 256.
const INCLUDED_BYTES = 253_952;

function statusEvent(options: EngineOptions, execution: Execution): StatusChangeEvent {
  const executed = executionArn(options, execution.machine, execution.name);
  return {
    version: "0",
    id: randomUuid(options.random),
    "detail-type": "Step Functions Execution Status Change",
    source: "aws.states",
    account: options.accountId,
    time: new Date(options.clock.now()).toISOString().replace(/\.\d+Z$/, "Z"),
    region: options.region,
    resources: [executed],
    detail: statusDetail(options, execution),
  };
}

function statusDetail(options: EngineOptions, execution: Execution): StatusChangeDetail {
  const { machine, name, qualifier, version, status, input, output, error, cause } = execution;
  const included = input.text.length + (output?.text.length ?? 0) <= INCLUDED_BYTES;
  const isAlias = qualifier !== undefined && qualifier !== String(version);
  return {
    executionArn: executionArn(options, machine, name),
    stateMachineArn: machineArn(options, machine),
    stateMachineVersionArn: version === undefined ? null : machineArn(options, machine, version),
    stateMachineAliasArn: isAlias ? machineArn(options, machine, qualifier) : null,
    name,
    status,
    startDate: execution.startedAt,
    stopDate: execution.stoppedAt ?? null,
    input: included ? input.text : null,
    inputDetails: { included },
    output: included ? (output?.text ?? null) : null,
    outputDetails: output === undefined ? null : { included },
    error: error ?? null,
    cause: cause ?? null,
  };
}

/** Status events, kept in the database until they are delivered. */
export class StatusOutbox {
  readonly #database: Database;
  readonly #options: EngineOptions;
  readonly #added = new Map<number, StatusChangeEvent>();
  #delivered: number[] = [];
  readonly #statements;
  #lastId: number;
  #isClosed = false;

  constructor(database: Database, options: EngineOptions) {
    this.#database = database;
    this.#options = options;
    const { sql } = database;
    this.#statements = {
      put: sql.prepare("INSERT INTO status_outbox (id, event) VALUES (?,?)"),
      remove: sql.prepare("DELETE FROM status_outbox WHERE id = ?"),
      all: sql.prepare("SELECT id, event FROM status_outbox ORDER BY id"),
    };
    const last = sql.prepare("SELECT coalesce(max(id), 0) AS id FROM status_outbox").get();
    this.#lastId = last === undefined ? 0 : numberOf(last, "id");
    database.addWriter(() => this.#flush());
  }

  /** Tells where an execution stands now. An item of a distributed Map has no events. */
  announce(execution: Execution): void {
    if (execution.machine.includes("/")) return;
    const event = statusEvent(this.#options, execution);
    const id = ++this.#lastId;
    this.#added.set(id, event);
    this.#database.afterCommit(() => this.#send(id, event));
  }

  /** Delivers again what was not delivered before a restart. */
  resume(): void {
    for (const row of this.#statements.all.all()) {
      const event: StatusChangeEvent = JSON.parse(textOf(row, "event"));
      const id = numberOf(row, "id");
      this.#database.afterCommit(() => this.#send(id, event));
    }
  }

  close(): void {
    this.#isClosed = true;
  }

  #send(id: number, event: StatusChangeEvent): void {
    const delivered = (): void => {
      if (this.#isClosed) return;
      this.#delivered.push(id);
      this.#database.touch();
    };
    const answer = this.#options.onStatusChange(event);
    if (answer === undefined) delivered();
    else answer.then(delivered, () => {}); // it stays in the outbox
  }

  #flush(): void {
    if (this.#added.size === 0 && this.#delivered.length === 0) return;
    this.#database.begin();
    for (const [id, event] of this.#added) this.#statements.put.run(id, JSON.stringify(event));
    this.#added.clear();
    for (const id of this.#delivered) this.#statements.remove.run(id);
    this.#delivered = [];
  }
}
