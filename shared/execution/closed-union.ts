type Field<Row> = Row extends unknown ? keyof Row : never;

/**
 * A union whose every variant says of the others' fields that it has none of them: a field can be read off the union,
 * and is known to be absent once the variant is known.
 */
export type Closed<Row, All = Row> = Row extends unknown
  ? Row & { readonly [Name in Exclude<Field<All>, keyof Row>]?: undefined }
  : never;
