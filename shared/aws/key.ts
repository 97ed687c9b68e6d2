/** Primary key of a row. */
export interface Key {
  readonly pk: string;
  readonly sk: string;
}

/** A key as one text, to tell rows apart by. */
export const keyName = ({ pk, sk }: { readonly pk?: unknown; readonly sk?: unknown }): string =>
  `${String(pk)} ${String(sk)}`;
