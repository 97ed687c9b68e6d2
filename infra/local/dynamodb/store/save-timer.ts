/** Rows wait so long for the file, where several changes of one are written once; the log has them meanwhile. */
const AFTER_MS = 2000;
const AGAIN_MS = 5000;

/** Saves a while after a change, at once when much has changed, and again after a failure. */
export class SaveTimer {
  readonly #save: () => void;
  #timer: NodeJS.Timeout | undefined;
  #isUrgent = false;
  /** Hears that saving failed; it is tried again. */
  onFailure: (error: unknown) => void = () => {};

  constructor(save: () => void) {
    this.#save = save;
  }

  start(isUrgent: boolean): void {
    if (isUrgent && !this.#isUrgent) {
      this.stop();
      this.#isUrgent = true;
    }
    this.#timer ??= setTimeout(() => this.#fire(), isUrgent ? 0 : AFTER_MS);
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#isUrgent = false;
  }

  #fire(): void {
    this.stop();
    try {
      this.#save();
    } catch (error) {
      this.onFailure(error);
      this.#timer = setTimeout(() => this.#fire(), AGAIN_MS);
    }
  }
}
