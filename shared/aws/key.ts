/** Primary key of a row. */
export interface Key {
  readonly pk: string;
  readonly sk: string;
}
