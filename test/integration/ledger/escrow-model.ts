/** What `WorkflowEscrow` does, in words of its own: the contract must agree with it on every call. */

/** Where a stage stands, by the numbers that the contract uses. */
export const STATES = ["None", "Open", "Completed", "Disputed", "Paid", "Refunded"] as const;
export type State = (typeof STATES)[number];

export interface ModelStage {
  state: State;
  readonly payment: bigint;
  payee?: string;
  result?: string;
  releaseAt: number;
}

export interface ModelEscrow {
  readonly id: string;
  readonly funder: string;
  readonly orchestrator: string;
  readonly arbiter: string;
  readonly deadline: number;
  readonly window: number;
  readonly stages: ModelStage[];
}

/** Name of the contract's error, or what the call returns. */
export type Outcome = { readonly refused: string } | { readonly returned: bigint };

const refused = (name: string): Outcome => ({ refused: name });
const returned = (value: bigint | number | boolean): Outcome => ({ returned: BigInt(value) });

export const ARBITRATION = 500;

export class EscrowModel {
  readonly escrows: ModelEscrow[] = [];
  readonly owed = new Map<string, bigint>();
  /** Ways from state to state that were gone. */
  readonly visited = new Set<string>();
  now: number;

  constructor(now: number) {
    this.now = now;
  }

  get locked(): bigint {
    const held = this.escrows
      .flatMap(({ stages }) => stages)
      .filter(({ state }) => ["Open", "Completed", "Disputed"].includes(state));
    return held.reduce((sum, { payment }) => sum + payment, 0n);
  }

  get totalOwed(): bigint {
    return [...this.owed.values()].reduce((sum, amount) => sum + amount, 0n);
  }

  create(escrow: ModelEscrow): Outcome {
    this.escrows.push(escrow);
    for (const _ of escrow.stages) this.visited.add("None>Open");
    return returned(BigInt(escrow.id));
  }

  complete(
    escrow: ModelEscrow,
    index: number,
    said: { readonly payee: string; readonly result: string; readonly isAllowed: boolean },
  ): Outcome {
    const stage = escrow.stages[index];
    if (!said.isAllowed) return refused("NotAllowed");
    if (stage === undefined) return refused("WrongState");
    if (stage.state !== "Open")
      return stage.payee === said.payee && stage.result === said.result ? returned(false) : refused("WrongState");
    if (this.now > escrow.deadline) return refused("TooLate");
    stage.payee = said.payee;
    stage.result = said.result;
    if (escrow.window === 0) this.#pay(stage);
    else {
      this.#move(stage, "Completed");
      stage.releaseAt = this.now + escrow.window;
    }
    return returned(true);
  }

  dispute(escrow: ModelEscrow, index: number, by: string): Outcome {
    const stage = escrow.stages[index];
    if (by !== escrow.funder) return refused("NotAllowed");
    if (stage?.state !== "Completed") return refused("WrongState");
    if (this.now >= stage.releaseAt) return refused("TooLate");
    this.#move(stage, "Disputed");
    stage.releaseAt = this.now + ARBITRATION;
    return returned(0);
  }

  resolve(
    escrow: ModelEscrow,
    index: number,
    { by, isEarned }: { readonly by: string; readonly isEarned: boolean },
  ): Outcome {
    const stage = escrow.stages[index];
    if (by !== escrow.arbiter) return refused("NotAllowed");
    if (stage?.state !== "Disputed") return refused("WrongState");
    if (isEarned) this.#pay(stage);
    else this.#refund(escrow, stage);
    return returned(0);
  }

  release(escrow: ModelEscrow, index: number): Outcome {
    const stage = escrow.stages[index];
    if (stage?.state === "Paid") return returned(false);
    if (stage?.state !== "Completed" && stage?.state !== "Disputed") return refused("WrongState");
    if (this.now < stage.releaseAt) return refused("TooEarly");
    this.#pay(stage);
    return returned(true);
  }

  fail(escrow: ModelEscrow, isAllowed: boolean): Outcome {
    return isAllowed ? returned(this.#refundOpen(escrow)) : refused("NotAllowed");
  }

  refundExpired(escrow: ModelEscrow): Outcome {
    return this.now > escrow.deadline ? returned(this.#refundOpen(escrow)) : refused("TooEarly");
  }

  withdraw(account: string): Outcome {
    if ((this.owed.get(account) ?? 0n) === 0n) return refused("NothingOwed");
    this.owed.set(account, 0n);
    return returned(0);
  }

  #refundOpen(escrow: ModelEscrow): bigint {
    const open = escrow.stages.filter(({ state }) => state === "Open");
    for (const stage of open) this.#refund(escrow, stage);
    return open.reduce((sum, { payment }) => sum + payment, 0n);
  }

  #pay(stage: ModelStage): void {
    this.#credit(stage.payee ?? "", stage.payment);
    this.#move(stage, "Paid");
  }

  #refund(escrow: ModelEscrow, stage: ModelStage): void {
    this.#credit(escrow.funder, stage.payment);
    this.#move(stage, "Refunded");
  }

  #credit(account: string, amount: bigint): void {
    this.owed.set(account, (this.owed.get(account) ?? 0n) + amount);
  }

  #move(stage: ModelStage, to: State): void {
    this.visited.add(`${stage.state}>${to}`);
    stage.state = to;
  }
}
