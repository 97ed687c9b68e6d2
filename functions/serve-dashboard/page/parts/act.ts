import { signal } from "@preact/signals";
import type { ComponentChildren } from "preact";

/** What to do, what it means, and what has to be known for it. */
export interface Act {
  readonly title: string;
  /** Says what will happen. */
  readonly explains: ComponentChildren;
  readonly button: string;
  readonly isDangerous?: boolean;
  /** `required`: who does it says why. @default "optional" */
  readonly reason?: "required" | "optional" | "none";
  /** Fields beside the reason. */
  readonly fields?: readonly Field[];
  readonly run: (values: Readonly<Record<string, string>>) => Promise<unknown>;
  readonly done?: () => void;
  /** What is said once it is done. */
  readonly says?: string;
}

export interface Field {
  readonly name: string;
  readonly label: string;
  readonly kind?: "text" | "number" | "area" | "json" | "check" | "choice";
  readonly choices?: readonly (readonly [value: string, label: string])[];
  readonly value?: string;
  readonly hint?: string;
  readonly isRequired?: boolean;
}

/** What is proposed at the moment. */
export const proposed = signal<Act | undefined>(undefined);
/** Said to everybody, aloud to those who listen. */
export const notice = signal("");

/** Asks before something is done. */
export const propose = (act: Act): void => void (proposed.value = act);

export function say(text: string): void {
  notice.value = text;
  setTimeout(() => {
    if (notice.value === text) notice.value = "";
  }, 4000);
}

/** Reads JSON that a person wrote. @throws {Error} it does not parse; says where. */
export function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Error(`This is not JSON: ${error instanceof Error ? error.message : "it does not parse"}`, { cause: error });
  }
}
