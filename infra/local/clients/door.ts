/** A call that a service refused, as the service tells it. */
export interface Refusal {
  readonly code: string;
  readonly message: string;
  /** JSON object of what it says besides. */
  readonly fields: string;
}

/** Carries calls to the services of this cloud: no HTTP, no signature. Bodies and answers are JSON text. */
export interface Door {
  /** @param target - as in `X-Amz-Target`, for example `AmazonSQS.SendMessage`. @throws {RefusedCall} */
  call(target: string, body: string): Promise<string>;
}

/** The service refused the call. */
export class RefusedCall extends Error {
  readonly refusal: Refusal;

  constructor(refusal: Refusal) {
    super(refusal.message);
    this.refusal = refusal;
  }
}

let opened: Door | undefined;

/** From now on the clients of this thread go through this door. */
export function openDoor(door: Door): void {
  opened = door;
}

/** @throws {Error} no door was opened in this thread. */
export function door(): Door {
  if (opened === undefined) throw new Error("the clients of this thread lead nowhere: no door was opened");
  return opened;
}
