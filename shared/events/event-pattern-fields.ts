/** What a table can tell of a value, from the sharpest to the bluntest. Bounds of a range lie inside it. */
export type KeyTest =
  | { readonly kind: "exact"; readonly value: unknown }
  | { readonly kind: "lower" | "prefix" | "suffix"; readonly text: string }
  | { readonly kind: "range"; readonly low: number; readonly high: number }
  | { readonly kind: "present" };

/** A test of one field. A tree has one object for each, so two patterns that ask the same share it. */
export interface FieldKey {
  readonly field: PatternField;
  readonly test: KeyTest;
}

/** A field that patterns name, and what the event at hand holds there. */
export class PatternField {
  readonly below = new Map<string, PatternField>();
  readonly #keys = new Map<string, FieldKey>();
  /** The event that `values` belong to; those of another event are stale. */
  turn = 0;
  readonly values: unknown[] = [];
  /** How many of `values` are this event's. */
  count = 0;

  /** The one key of this test. */
  keyOf(test: KeyTest): FieldKey {
    const name = nameOf(test);
    const key = this.#keys.get(name) ?? { field: this, test };
    this.#keys.set(name, key);
    return key;
  }

  /** Whether any key asks for this field's values. */
  get isAsked(): boolean {
    return this.#keys.size > 0;
  }
}

function nameOf(test: KeyTest): string {
  switch (test.kind) {
    case "exact":
      return `exact ${typeof test.value} ${String(test.value)}`;
    case "range":
      return `range ${test.low} ${test.high}`;
    case "present":
      return "present";
    default:
      return `${test.kind} ${test.text}`;
  }
}

/**
 * The fields that patterns name. Lists are transparent and a dot in a name is a step into an object, so what lies under
 * one path here is all that a pattern of that path could match, and sometimes more.
 */
export class FieldTree {
  readonly #root = new PatternField();
  #turn = 0;

  /** The number of the event read last. */
  get turn(): number {
    return this.#turn;
  }

  /** The field under a path, made where it is new. */
  fieldAt(path: readonly string[]): PatternField {
    let field = this.#root;
    for (const step of path.flatMap((name) => name.split("."))) {
      const next = field.below.get(step) ?? new PatternField();
      field.below.set(step, next);
      field = next;
    }
    return field;
  }

  /** Puts an event's values into the fields. */
  read(event: unknown): void {
    this.#turn += 1;
    this.#walk(this.#root, event);
  }

  #walk(field: PatternField, value: unknown): void {
    if (typeof value !== "object" || value === null) {
      if (field.isAsked) this.#hold(field, value);
      return;
    }
    if (Array.isArray(value)) {
      for (const element of value) this.#walk(field, element);
      return;
    }
    if (field.below.size > 0) this.#walkNames(field, value);
  }

  #walkNames(field: PatternField, value: object): void {
    // Not `Object.entries`: it makes a list per pair, and this is the most frequent line of a match.
    for (const name in value) {
      const next = field.below.get(name) ?? (name.includes(".") ? descend(field, name) : undefined);
      if (next !== undefined) this.#walk(next, Reflect.get(value, name) ?? null);
    }
  }

  #hold(field: PatternField, value: unknown): void {
    if (field.turn !== this.#turn) {
      field.turn = this.#turn;
      field.count = 0;
    }
    field.values[field.count++] = value;
  }
}

function descend(from: PatternField, dotted: string): PatternField | undefined {
  let field: PatternField | undefined = from;
  for (const step of dotted.split(".")) field = field?.below.get(step);
  return field;
}
