import * as z from "zod";
import type { Json } from "../json.ts";

const json: z.ZodType<Json> = z.json();
const objectOf = <Value extends z.ZodType>(value: Value) => z.record(z.string(), value).default({});

/** A resource of a template, its properties still full of intrinsic functions. */
export const Resource = z.object({
  Type: z.string(),
  Properties: z.record(z.string(), json).default({}),
  DependsOn: z.union([z.string(), z.array(z.string())]).default([]),
  Condition: z.string().optional(),
});
export type Resource = z.infer<typeof Resource>;

/** The sections of a CloudFormation template that the embedded cloud reads. */
export const Template = z.object({
  Parameters: objectOf(z.object({ Type: z.string(), Default: z.coerce.string().optional() })),
  Mappings: objectOf(z.record(z.string(), z.record(z.string(), json))),
  Conditions: objectOf(json),
  Resources: objectOf(Resource),
  Outputs: objectOf(
    z.object({ Value: json, Condition: z.string().optional(), Export: z.object({ Name: json }).optional() }),
  ),
});
export type Template = z.infer<typeof Template>;
