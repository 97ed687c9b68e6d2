import { type Door, type Refusal, RefusedCall } from "./door.ts";

/** The door of a worker thread: calls and answers are messages to and from the thread that has the services. */
export class WorkerDoor implements Door {
  readonly #waiting = new Map<number, PromiseWithResolvers<string>>();
  readonly #send: (id: number, target: string, body: string) => void;
  #nextId = 1;

  constructor(send: (id: number, target: string, body: string) => void) {
    this.#send = send;
  }

  call(target: string, body: string): Promise<string> {
    const id = this.#nextId++;
    const answer = Promise.withResolvers<string>();
    this.#waiting.set(id, answer);
    this.#send(id, target, body);
    return answer.promise;
  }

  answer(id: number, body: string): void {
    this.#take(id)?.resolve(body);
  }

  refuse(id: number, refusal: Refusal): void {
    this.#take(id)?.reject(new RefusedCall(refusal));
  }

  #take(id: number): PromiseWithResolvers<string> | undefined {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    return waiting;
  }
}
