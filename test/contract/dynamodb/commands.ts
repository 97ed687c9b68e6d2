import * as fc from "fast-check";
import * as z from "zod";
import type { Json, JsonObject } from "../../../infra/local/json.ts";

/** A call as it goes over the wire. */
export interface Command {
  readonly operation: string;
  readonly body: JsonObject;
}

/** Two tables: one with a sort key and indexes of each projection, one by number alone. */
export const TABLES: readonly JsonObject[] = [
  {
    TableName: "items",
    BillingMode: "PAY_PER_REQUEST",
    AttributeDefinitions: [
      { AttributeName: "pk", AttributeType: "S" },
      { AttributeName: "sk", AttributeType: "S" },
      { AttributeName: "a", AttributeType: "S" },
      { AttributeName: "n", AttributeType: "N" },
    ],
    KeySchema: [
      { AttributeName: "pk", KeyType: "HASH" },
      { AttributeName: "sk", KeyType: "RANGE" },
    ],
    GlobalSecondaryIndexes: [
      {
        IndexName: "byA",
        KeySchema: [
          { AttributeName: "a", KeyType: "HASH" },
          { AttributeName: "n", KeyType: "RANGE" },
        ],
        Projection: { ProjectionType: "ALL" },
      },
      {
        IndexName: "fewByA",
        KeySchema: [{ AttributeName: "a", KeyType: "HASH" }],
        Projection: { ProjectionType: "INCLUDE", NonKeyAttributes: ["m"] },
      },
    ],
    LocalSecondaryIndexes: [
      {
        IndexName: "byN",
        KeySchema: [
          { AttributeName: "pk", KeyType: "HASH" },
          { AttributeName: "n", KeyType: "RANGE" },
        ],
        Projection: { ProjectionType: "ALL" },
      },
    ],
  },
  {
    TableName: "counts",
    BillingMode: "PAY_PER_REQUEST",
    AttributeDefinitions: [{ AttributeName: "id", AttributeType: "N" }],
    KeySchema: [{ AttributeName: "id", KeyType: "HASH" }],
  },
];

const PARTITIONS = ["p", "q"];
const SORTS = ["a", "ab", "b", "é", "\uffee", "😀"];
const IDS = ["-1", "0", "1.50", "10", "2"];

const numberText = fc.constantFrom(
  "0",
  "1",
  "-1",
  "1.5",
  "10",
  "100",
  "0.1",
  "0.2",
  "-3",
  "1e2",
  "7.0",
  "12345678901234567890.12345",
  "99999999999999999999999999999999999999",
  "1E-130",
);
const text = fc.constantFrom("", "a", "ab", "b", "é", "😀", "x y");
const bytes = fc.constantFrom("AA==", "AQI=", "AQID", "/w==");
const typed = (type: string, value: fc.Arbitrary<Json>): fc.Arbitrary<Json> => value.map((each) => ({ [type]: each }));
const setOf = (of: fc.Arbitrary<string>) => fc.uniqueArray(of, { minLength: 1, maxLength: 3 });

const scalar: fc.Arbitrary<Json> = fc.oneof(
  { weight: 4, arbitrary: typed("N", numberText) },
  { weight: 4, arbitrary: typed("S", text) },
  { weight: 1, arbitrary: typed("B", bytes) },
  { weight: 1, arbitrary: typed("BOOL", fc.boolean()) },
  { weight: 1, arbitrary: fc.constant({ NULL: true }) },
);
const aSet: fc.Arbitrary<Json> = fc.oneof(
  typed("SS", setOf(fc.constantFrom("a", "b", "c", "é"))),
  typed("NS", setOf(fc.constantFrom("1", "2", "3.5", "-4"))),
  typed("BS", setOf(bytes)),
);
const aList: fc.Arbitrary<Json> = typed("L", fc.array(scalar, { maxLength: 3 }));
const aMap: fc.Arbitrary<Json> = typed(
  "M",
  fc.dictionary(fc.constantFrom("x", "y", "$n"), fc.oneof(scalar, aList), { maxKeys: 2 }),
);
const value: fc.Arbitrary<Json> = fc.oneof(
  { weight: 6, arbitrary: scalar },
  { weight: 1, arbitrary: aSet },
  { weight: 1, arbitrary: aList },
  { weight: 1, arbitrary: aMap },
);

const itemKey: fc.Arbitrary<JsonObject> = fc.record({
  pk: typed("S", fc.constantFrom(...PARTITIONS)),
  sk: typed("S", fc.constantFrom(...SORTS)),
});
const countKey: fc.Arbitrary<JsonObject> = fc.record({ id: typed("N", fc.constantFrom(...IDS)) });

/** Attributes by name: some hold mostly one type, so that conditions now and then hold. */
const attributes: fc.Arbitrary<JsonObject> = fc.record(
  {
    a: typed("S", fc.constantFrom("a", "ab", "b")),
    n: typed("N", fc.constantFrom("0", "1", "-1", "1.5", "10", "100")),
    s: aSet,
    l: aList,
    m: aMap,
    v: value,
  },
  { requiredKeys: [] },
);

type Values = Record<string, Json>;

/** An expression and the values it mentions; names that are reserved go by placeholders. */
interface Expression {
  readonly text: string;
  readonly values: Values;
}

const path = fc.constantFrom("a", "n", "s", "l", "m", "v", "l[0]", "l[1]", "m.x", "m.y", "m.x[0]", "#p", "nowhere");
const given = (of: fc.Arbitrary<Json>, name: string): fc.Arbitrary<Expression> =>
  of.map((each) => ({ text: `:${name}`, values: { [`:${name}`]: each } }));

let names = 0;
/** Values of one command do not share names. */
const fresh = (of: fc.Arbitrary<Json>): fc.Arbitrary<Expression> =>
  fc.constant(undefined).chain(() => given(of, `v${(names = (names + 1) % 100_000)}`));

const bare = path.map((each): Expression => ({ text: each, values: {} }));
const operand: fc.Arbitrary<Expression> = fc.oneof(
  { weight: 3, arbitrary: bare },
  { weight: 3, arbitrary: fresh(value) },
  { weight: 1, arbitrary: path.map((each): Expression => ({ text: `size(${each})`, values: {} })) },
);

const joined = (parts: readonly Expression[], print: (...texts: string[]) => string): Expression => ({
  text: print(...parts.map((part) => part.text)),
  values: Object.assign({}, ...parts.map((part) => part.values)),
});

/** An attribute is not compared with itself: AWS refuses that, and dynoxide does not. */
const differ = (parts: readonly Expression[]): boolean => new Set(parts.map(({ text }) => text)).size === parts.length;

/** Alternatives of weight 10, but those that say otherwise. */
const weighted = (
  ...all: readonly (
    fc.Arbitrary<Expression> | { readonly weight: number; readonly arbitrary: fc.Arbitrary<Expression> }
  )[]
): fc.Arbitrary<Expression> =>
  fc.oneof(...all.map((each) => ("weight" in each ? each : { weight: 10, arbitrary: each })));
const comparison = (of: fc.Arbitrary<Expression>, by: readonly string[]): fc.Arbitrary<Expression> =>
  fc
    .tuple(of, of, fc.constantFrom(...by))
    .filter(([left, right]) => differ([left, right]))
    .map(([left, right, sign]) => joined([left, right], (a, b) => `${a} ${sign} ${b}`));
const between = (low: fc.Arbitrary<string>, high: fc.Arbitrary<string>): fc.Arbitrary<Expression> =>
  fc
    .tuple(bare, fresh(typed("N", low)), fresh(typed("N", high)))
    .map((parts) => joined(parts, (a, b, c) => `${a} BETWEEN ${b} AND ${c}`));

const test: fc.Arbitrary<Expression> = weighted(
  path.map((each): Expression => ({ text: `attribute_exists(${each})`, values: {} })),
  path.map((each): Expression => ({ text: `attribute_not_exists(${each})`, values: {} })),
  fc
    .tuple(bare, fresh(typed("S", fc.constantFrom("S", "N", "SS", "L", "M", "NULL"))))
    .map((parts) => joined(parts, (a, b) => `attribute_type(${a}, ${b})`)),
  fc.tuple(bare, fresh(typed("S", text))).map((parts) => joined(parts, (a, b) => `begins_with(${a}, ${b})`)),
  fc
    .tuple(bare, operand)
    .filter(differ)
    .map((parts) => joined(parts, (a, b) => `contains(${a}, ${b})`)),
  comparison(operand, ["=", "<>"]),
  comparison(fc.oneof(bare, fresh(typed("N", numberText)), fresh(typed("S", text)), fresh(typed("B", bytes))), [
    "<",
    "<=",
    ">",
    ">=",
  ]),
  // Now and then of types that have no order, or with bounds the wrong way round: refused.
  { weight: 1, arbitrary: comparison(operand, ["<", ">="]) },
  { weight: 1, arbitrary: between(numberText, numberText) },
  between(fc.constantFrom("-3", "-1", "0"), fc.constantFrom("0", "0.1", "1e2", "12345678901234567890.12345")),
  fc
    .tuple(operand, operand, operand)
    .filter(differ)
    .map((parts) => joined(parts, (a, b, c) => `${a} IN (${b}, ${c})`)),
);

const condition: fc.Arbitrary<Expression> = fc.letrec<{ all: Expression }>((tie) => ({
  all: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    test,
    fc.tuple(tie("all"), tie("all")).map((parts) => joined(parts, (a, b) => `${a} AND ${b}`)),
    fc.tuple(tie("all"), tie("all")).map((parts) => joined(parts, (a, b) => `(${a} or ${b})`)),
    tie("all").map((part) => joined([part], (a) => `NOT (${a})`)),
  ),
})).all;

const target = fc.constantFrom("n", "s", "l", "m", "v", "l[0]", "l[2]", "m.x", "m.y", "#p", "a");
const term: fc.Arbitrary<Expression> = fc.oneof(
  { weight: 4, arbitrary: fresh(value) },
  { weight: 1, arbitrary: bare },
  {
    weight: 1,
    arbitrary: fc.tuple(bare, fresh(value)).map((parts) => joined(parts, (a, b) => `if_not_exists(${a}, ${b})`)),
  },
  {
    weight: 1,
    arbitrary: fc.tuple(bare, fresh(aList)).map((parts) => joined(parts, (a, b) => `list_append(${a}, ${b})`)),
  },
  {
    weight: 2,
    arbitrary: fc
      .tuple(bare, fresh(typed("N", numberText)), fc.constantFrom("+", "-"))
      .map(([left, right, sign]) => joined([left, right], (a, b) => `${a} ${sign} ${b}`)),
  },
);

/** Keys of indexes keep their types: what an update of another type comes to, DynamoDB Local does not know. */
const assignment = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.tuple(
      target.filter((at) => at !== "n" && at !== "a"),
      term,
    ),
  },
  { weight: 1, arbitrary: fc.tuple(fc.constant("n"), fresh(typed("N", numberText))) },
  { weight: 1, arbitrary: fc.tuple(fc.constant("a"), fresh(typed("S", fc.constantFrom("a", "ab", "b")))) },
);
const assignments = fc.array(assignment, { minLength: 1, maxLength: 3 }).map((pairs) =>
  joined(
    pairs.map(([at, part]) => ({ ...part, text: `${at} = ${part.text}` })),
    (...all) => `SET ${all.join(", ")}`,
  ),
);
const removals = fc
  .uniqueArray(target, { minLength: 1, maxLength: 2 })
  .map((all): Expression => ({ text: `REMOVE ${all.join(", ")}`, values: {} }));
const additions = fc
  .oneof(
    fc.tuple(fc.constant("n"), fresh(typed("N", numberText))),
    fc.tuple(fc.constantFrom("s", "v", "#p"), fresh(fc.oneof(typed("N", numberText), aSet))),
  )
  .map(([at, part]) => ({ ...part, text: `ADD ${at} ${part.text}` }));
const deletions = fresh(aSet).map((part) => ({ ...part, text: `DELETE s ${part.text}` }));
const update: fc.Arbitrary<Expression> = fc.oneof(
  { weight: 4, arbitrary: assignments },
  { weight: 1, arbitrary: removals },
  { weight: 2, arbitrary: additions },
  { weight: 1, arbitrary: deletions },
  { weight: 2, arbitrary: fc.tuple(assignments, removals).map((parts) => joined(parts, (a, b) => `${a} ${b}`)) },
);

/** Puts expressions into a request, with the placeholders they mention. */
function request(base: JsonObject, expressions: Readonly<Record<string, Expression | undefined>>): JsonObject {
  const parts = Object.entries(expressions).filter((entry): entry is [string, Expression] => entry[1] !== undefined);
  const values: Values = Object.assign({}, ...parts.map(([, { values: each }]) => each));
  const texts = parts.map(([name, { text: each }]) => [name, each]);
  const usesName = parts.some(([, { text: each }]) => each.includes("#p"));
  return {
    ...base,
    ...Object.fromEntries(texts),
    ...(Object.keys(values).length > 0 && { ExpressionAttributeValues: values }),
    ...(usesName && { ExpressionAttributeNames: { "#p": "plan" } }),
  };
}

const maybe = <Value>(of: fc.Arbitrary<Value>): fc.Arbitrary<Value | undefined> => fc.option(of, { nil: undefined });
const place = fc.oneof(
  { weight: 4, arbitrary: itemKey.map((key) => ({ TableName: "items", key })) },
  { weight: 1, arbitrary: countKey.map((key) => ({ TableName: "counts", key })) },
);
const onFailure = fc.constantFrom({}, { ReturnValuesOnConditionCheckFailure: "ALL_OLD" });
const returns = (...kinds: string[]) => fc.constantFrom(...kinds).map((ReturnValues) => ({ ReturnValues }));

const putBody = fc
  .tuple(place, attributes, maybe(condition), onFailure)
  .map(([{ TableName, key }, more, ConditionExpression, failure]) =>
    request({ TableName, Item: { ...more, ...key }, ...(ConditionExpression && failure) }, { ConditionExpression }),
  );
const updateBody = fc
  .tuple(place, update, maybe(condition), onFailure)
  .map(([{ TableName, key }, UpdateExpression, ConditionExpression, failure]) =>
    request({ TableName, Key: key, ...(ConditionExpression && failure) }, { UpdateExpression, ConditionExpression }),
  );
const deleteBody = fc
  .tuple(place, maybe(condition), onFailure)
  .map(([{ TableName, key }, ConditionExpression, failure]) =>
    request({ TableName, Key: key, ...(ConditionExpression && failure) }, { ConditionExpression }),
  );
const checkBody = fc
  .tuple(place, condition, onFailure)
  .map(([{ TableName, key }, ConditionExpression, failure]) =>
    request({ TableName, Key: key, ...failure }, { ConditionExpression }),
  );

const projection: fc.Arbitrary<Expression> = fc
  .uniqueArray(fc.constantFrom("pk", "a", "n", "l[0]", "l[2]", "m.x", "m.y", "#p", "v"), { minLength: 1, maxLength: 3 })
  .map((all) => ({ text: all.join(", "), values: {} }));

const sortTest: fc.Arbitrary<Expression> = fc.oneof(
  fc
    .tuple(fc.constantFrom("=", "<", "<=", ">", ">="), fresh(typed("S", fc.constantFrom(...SORTS))))
    .map(([by, part]) => ({ ...part, text: `sk ${by} ${part.text}` })),
  fresh(typed("S", fc.constantFrom("a", "é", "\uffee"))).map((part) => ({
    ...part,
    text: `begins_with(sk, ${part.text})`,
  })),
  fc
    .tuple(fresh(typed("S", fc.constantFrom("a", "ab"))), fresh(typed("S", fc.constantFrom("b", "é", "😀"))))
    .map((parts) => joined(parts, (a, b) => `sk BETWEEN ${a} AND ${b}`)),
);
const numberTest: fc.Arbitrary<Expression> = fc.oneof(
  fc
    .tuple(fc.constantFrom("=", "<", "<=", ">", ">="), fresh(typed("N", numberText)))
    .map(([by, part]) => ({ ...part, text: `n ${by} ${part.text}` })),
  fc
    .tuple(fresh(typed("N", fc.constantFrom("-1", "0"))), fresh(typed("N", fc.constantFrom("1.5", "10"))))
    .map((parts) => joined(parts, (a, b) => `n BETWEEN ${a} AND ${b}`)),
);
const hashTest = (name: string, of: readonly string[]) =>
  fresh(typed("S", fc.constantFrom(...of))).map((part) => ({ ...part, text: `${name} = ${part.text}` }));
const keyCondition = (hash: fc.Arbitrary<Expression>, range: fc.Arbitrary<Expression>) =>
  fc
    .tuple(hash, maybe(range))
    .map(([first, second]) => (second === undefined ? first : joined([first, second], (a, b) => `${a} AND ${b}`)));

const searched = fc.oneof(
  { weight: 4, arbitrary: keyCondition(hashTest("pk", PARTITIONS), sortTest).map((key) => ({ index: {}, key })) },
  {
    weight: 1,
    arbitrary: keyCondition(hashTest("a", ["a", "ab", "b"]), numberTest).map((key) => ({
      index: { IndexName: "byA" },
      key,
    })),
  },
  {
    weight: 1,
    arbitrary: keyCondition(hashTest("pk", PARTITIONS), numberTest).map((key) => ({
      index: { IndexName: "byN" },
      key,
    })),
  },
);
const filter = condition.filter(({ text: each }) => !/\b[an]\b/.test(each));
const queryBody = fc
  .tuple(searched, maybe(filter), maybe(projection), fc.boolean())
  .map(([{ index, key }, FilterExpression, ProjectionExpression, ScanIndexForward]) =>
    request(
      { TableName: "items", ...index, ScanIndexForward },
      { KeyConditionExpression: key, FilterExpression, ProjectionExpression },
    ),
  );
const scanBody = fc
  .tuple(
    fc.constantFrom(
      { TableName: "items" },
      { TableName: "counts" },
      { TableName: "items", IndexName: "byA" },
      { TableName: "items", IndexName: "fewByA" },
    ),
    maybe(condition),
  )
  .map(([base, FilterExpression]) =>
    request(base, { FilterExpression: base.IndexName === "fewByA" ? undefined : FilterExpression }),
  );

const writes = fc.oneof(
  { weight: 3, arbitrary: putBody.map((Put) => ({ Put })) },
  { weight: 3, arbitrary: updateBody.map((Update) => ({ Update })) },
  { weight: 1, arbitrary: deleteBody.map((Delete) => ({ Delete })) },
  { weight: 1, arbitrary: checkBody.map((ConditionCheck) => ({ ConditionCheck })) },
);
/** A transaction touches an item once. */
const itemOf = (write: Readonly<Record<string, JsonObject>>): string =>
  Object.values(write).map(({ TableName, Key, Item }) => {
    const { pk, sk, id } = z.looseObject({}).parse(Key ?? Item);
    return JSON.stringify([TableName, pk, sk, id]);
  })[0] ?? "";
const batched = fc
  .uniqueArray(fc.tuple(itemKey, maybe(attributes)), {
    minLength: 1,
    maxLength: 4,
    selector: ([key]) => JSON.stringify(key),
  })
  .map((all) =>
    all.map(([key, more]) =>
      more === undefined ? { DeleteRequest: { Key: key } } : { PutRequest: { Item: { ...more, ...key } } },
    ),
  );

const command = (operation: string, body: fc.Arbitrary<JsonObject>): fc.Arbitrary<Command> =>
  body.map((each) => ({ operation, body: each }));
const merged = (body: fc.Arbitrary<JsonObject>, more: fc.Arbitrary<JsonObject>): fc.Arbitrary<JsonObject> =>
  fc.tuple(body, more).map(([one, other]) => ({ ...one, ...other }));

/** Calls of every kind; a query or scan is to be read to its end. */
export const anyCommand: fc.Arbitrary<Command> = fc.oneof(
  { weight: 6, arbitrary: command("PutItem", merged(putBody, returns("NONE", "ALL_OLD"))) },
  {
    weight: 10,
    arbitrary: command(
      "UpdateItem",
      merged(updateBody, returns("NONE", "ALL_OLD", "ALL_NEW", "UPDATED_OLD", "UPDATED_NEW")),
    ),
  },
  { weight: 2, arbitrary: command("DeleteItem", merged(deleteBody, returns("NONE", "ALL_OLD"))) },
  {
    weight: 3,
    arbitrary: command(
      "GetItem",
      fc
        .tuple(place, maybe(projection))
        .map(([{ TableName, key }, ProjectionExpression]) =>
          request(
            { TableName, Key: key },
            { ProjectionExpression: TableName === "items" ? ProjectionExpression : undefined },
          ),
        ),
    ),
  },
  { weight: 4, arbitrary: command("Query", queryBody) },
  { weight: 2, arbitrary: command("Scan", scanBody) },
  {
    weight: 2,
    arbitrary: command(
      "BatchGetItem",
      fc
        .uniqueArray(itemKey, { minLength: 1, maxLength: 4, selector: (key) => JSON.stringify(key) })
        .map((Keys) => ({ RequestItems: { items: { Keys } } })),
    ),
  },
  {
    weight: 2,
    arbitrary: command(
      "BatchWriteItem",
      batched.map((items) => ({ RequestItems: { items } })),
    ),
  },
  {
    weight: 4,
    arbitrary: command(
      "TransactWriteItems",
      fc
        .uniqueArray(writes, { minLength: 1, maxLength: 4, selector: itemOf })
        .map((TransactItems) => ({ TransactItems })),
    ),
  },
  {
    weight: 1,
    arbitrary: command(
      "TransactGetItems",
      fc
        .uniqueArray(itemKey, { minLength: 1, maxLength: 3, selector: (key) => JSON.stringify(key) })
        .map((keys) => ({ TransactItems: keys.map((Key) => ({ Get: { TableName: "items", Key } })) })),
    ),
  },
);

/** Takes every item out of both tables. */
export const CLEARING: readonly Command[] = [
  {
    operation: "BatchWriteItem",
    body: {
      RequestItems: {
        items: PARTITIONS.flatMap((pk) =>
          SORTS.map((sk) => ({ DeleteRequest: { Key: { pk: { S: pk }, sk: { S: sk } } } })),
        ),
      },
    },
  },
  {
    operation: "BatchWriteItem",
    body: { RequestItems: { counts: IDS.map((id) => ({ DeleteRequest: { Key: { id: { N: id } } } })) } },
  },
];
