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

/** What a service says to a call. */
export type ServiceAnswer = { readonly body: string } | { readonly refusal: Refusal };

/** Answers calls of functions. Never rejects: what goes wrong in a service is a refusal, too. */
export type ServiceCalls = (target: string, body: string) => Promise<ServiceAnswer>;

/** A door for those who share the thread of the services. */
export const doorTo = (services: ServiceCalls): Door => ({
  call: async (target, body) => {
    const answer = await services(target, body);
    if ("refusal" in answer) throw new RefusedCall(answer.refusal);
    return answer.body;
  },
});

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
