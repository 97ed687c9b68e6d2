import { isJsonObject, type Json, type JsonObject, scalarText } from "../json.ts";
import type { ResourceView } from "./resource-view.ts";
import { PropertyRules, type ServiceRule } from "./service-rule.ts";

const tables = new PropertyRules(
  "table",
  "AWS::DynamoDB::Table",
  "amazondynamodb/latest/APIReference/API_CreateTable.html",
);

const INDEXES = ["GlobalSecondaryIndexes", "LocalSecondaryIndexes"] as const;
const MAX_PROJECTED = 100;

const objects = (value: Json | undefined): readonly JsonObject[] =>
  Array.isArray(value) ? value.filter(isJsonObject) : [];
const indexes = (table: ResourceView): readonly JsonObject[] => INDEXES.flatMap((path) => table.objects(path));
const keySchemas = (table: ResourceView): (readonly JsonObject[])[] => [
  table.objects("KeySchema"),
  ...indexes(table).map(({ KeySchema }) => objects(KeySchema)),
];
const keyNames = (table: ResourceView): Set<string> =>
  new Set(keySchemas(table).flatMap((keys) => keys.map(({ AttributeName }) => scalarText(AttributeName) ?? "")));
const defined = (table: ResourceView): string[] =>
  table.objects("AttributeDefinitions").map(({ AttributeName }) => scalarText(AttributeName) ?? "");
const projections = (table: ResourceView): JsonObject[] =>
  indexes(table).flatMap(({ Projection }) => (isJsonObject(Projection) ? [Projection] : []));
const projected = ({ NonKeyAttributes }: JsonObject): number =>
  Array.isArray(NonKeyAttributes) ? NonKeyAttributes.length : 0;

/** What DynamoDB refuses in a table. */
export const tableRules: readonly ServiceRule[] = [
  tables.required("KeySchema"),
  tables.shape("TableName", /^[\w.-]{3,255}$/, "letters, digits, _, . and -, 3 to 255"),
  tables.oneOf("BillingMode", ["PROVISIONED", "PAY_PER_REQUEST"]),
  tables.oneOf("TableClass", ["STANDARD", "STANDARD_INFREQUENT_ACCESS"]),
  tables.oneOf("StreamSpecification.StreamViewType", ["KEYS_ONLY", "NEW_IMAGE", "OLD_IMAGE", "NEW_AND_OLD_IMAGES"]),
  tables.most("GlobalSecondaryIndexes", 20),
  tables.most("LocalSecondaryIndexes", 5),
  tables.rule("key attributes defined", "each attribute of a key is among AttributeDefinitions", (table) => {
    const known = new Set(defined(table));
    return [...keyNames(table)].some((name) => !known.has(name));
  }),
  tables.rule("no other attribute defined", "each of AttributeDefinitions is in a key", (table) => {
    const keys = keyNames(table);
    return defined(table).some((name) => !keys.has(name));
  }),
  tables.rule("attributes of a key's types", "an attribute of a key is S, N or B", (table) =>
    table
      .objects("AttributeDefinitions")
      .some(({ AttributeType }) => !["S", "N", "B"].includes(scalarText(AttributeType) ?? "")),
  ),
  tables.rule("keys of one or two", "a key is HASH, and RANGE if need be", (table) =>
    keySchemas(table).some((keys) => {
      const kinds = keys.map(({ KeyType }) => scalarText(KeyType)).join(" ");
      return kinds !== "" && kinds !== "HASH" && kinds !== "HASH RANGE";
    }),
  ),
  tables.rule(
    "throughput as billed",
    "PAY_PER_REQUEST has no ProvisionedThroughput",
    (table) => table.text("BillingMode") === "PAY_PER_REQUEST" && table.has("ProvisionedThroughput"),
  ),
  tables.rule(
    "throughput provisioned",
    "a table that is not PAY_PER_REQUEST has ProvisionedThroughput",
    (table) => (table.text("BillingMode") ?? "PROVISIONED") === "PROVISIONED" && !table.has("ProvisionedThroughput"),
  ),
  tables.rule(
    "expiry names an attribute",
    "TimeToLiveSpecification that is enabled has AttributeName",
    (table) =>
      table.text("TimeToLiveSpecification.Enabled") === "true" && !table.has("TimeToLiveSpecification.AttributeName"),
  ),
  tables.rule(
    "local indexes need a range",
    "a table with LocalSecondaryIndexes has a RANGE key",
    (table) => table.list("LocalSecondaryIndexes").length > 0 && table.list("KeySchema").length < 2,
  ),
  tables.rule("projections complete", "a projection of INCLUDE, and no other, has NonKeyAttributes", (table) =>
    projections(table).some((each) => (scalarText(each["ProjectionType"]) === "INCLUDE") !== projected(each) > 0),
  ),
  tables.rule(
    "projections small enough",
    `all projections name ${MAX_PROJECTED} attributes at most`,
    (table) => projections(table).reduce((sum, each) => sum + projected(each), 0) > MAX_PROJECTED,
  ),
  tables.rule("index names differ", "no two indexes of a table have one name", (table) => {
    const names = indexes(table).map(({ IndexName }) => scalarText(IndexName));
    return new Set(names).size < names.length;
  }),
];

const buckets = new PropertyRules("bucket", "AWS::S3::Bucket", "AmazonS3/latest/userguide/bucketnamingrules.html");
/** Objects are this old before they may move to infrequent access. */
const LEAST_DAYS_INFREQUENT = 30;

const lifecycle = (bucket: ResourceView): readonly JsonObject[] => bucket.objects("LifecycleConfiguration.Rules");

/** What S3 refuses in a bucket. */
export const bucketRules: readonly ServiceRule[] = [
  buckets.shape(
    "BucketName",
    /^(?!xn--|sthree-)(?!.*\.\.)(?!\d+\.\d+\.\d+\.\d+$)[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/,
    "lower case, digits, . and -, 3 to 63",
  ),
  buckets.rule("expiry in whole days", "ExpirationInDays is 1 or more", (bucket) =>
    lifecycle(bucket).some(({ ExpirationInDays: days }) => days !== undefined && !(Number(days) >= 1)),
  ),
  buckets.rule("lifecycle rules do something", "a lifecycle rule has an action", (bucket) =>
    lifecycle(bucket).some(
      (rule) => !Object.keys(rule).some((name) => /Expiration|Transition|Abort|Expired/.test(name)),
    ),
  ),
  buckets.rule(
    "transitions not too early",
    `to STANDARD_IA and ONEZONE_IA after ${LEAST_DAYS_INFREQUENT} days at least`,
    (bucket) =>
      lifecycle(bucket).some(({ Transitions }) =>
        objects(Transitions).some(
          ({ StorageClass, TransitionInDays }) =>
            (scalarText(StorageClass) ?? "").endsWith("_IA") && Number(TransitionInDays ?? 0) < LEAST_DAYS_INFREQUENT,
        ),
      ),
  ),
  buckets.most("LifecycleConfiguration.Rules", 1000),
  buckets.oneOf("VersioningConfiguration.Status", ["Enabled", "Suspended"]),
];
