import { A2aFault } from "./wire/faults.ts";
import type { WireMessage } from "./wire/wire.ts";
import { WorkflowName, WorkflowVersion } from "../workflow/definition/names.ts";
import type { StoredDefinition } from "../workflow/store/stored-definition.ts";

/** What the choice of a workflow needs to know of it. */
export type Offer = Pick<StoredDefinition, "name" | "version" | "inputFields">;

/** The workflow that a caller names, and perhaps its version. */
export interface Named {
  readonly name: string;
  readonly version?: string | undefined;
}

/** The skill of the public card: whichever workflow fits the message. */
export const RUN_WORKFLOW = "run-workflow";

/** Fields of the input that the endpoint fills in: what was said in words, files, and the message as it came. */
const TEXT = "text";
const FILES = "files";
const MESSAGE = "message";

/** What a message says, apart from who hears it. */
export interface MessageInput {
  readonly fields: Readonly<Record<string, unknown>>;
  readonly hasFiles: boolean;
}

const isStruct = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/**
 * The input that a message makes: the fields of its data parts, its texts as `text`, its files as `files`. A data part
 * that is no object becomes `data`.
 */
export function inputOf({ parts }: Pick<WireMessage, "parts">): MessageInput {
  const data = parts.flatMap((part) =>
    part.data === undefined ? [] : [isStruct(part.data) ? part.data : { data: part.data }],
  );
  const texts = parts.flatMap(({ text }) => text ?? []);
  const files = parts.flatMap(({ raw, url, filename, mediaType }) =>
    raw === undefined && url === undefined
      ? []
      : [{ name: filename, mediaType, ...(url === undefined ? { bytes: raw } : { url }) }],
  );
  const fields = {
    ...(texts.length === 0 ? {} : { [TEXT]: texts.join("\n") }),
    ...(files.length === 0 ? {} : { [FILES]: files }),
    ...Object.fromEntries(data.flatMap(Object.entries)),
  };
  return { fields, hasFiles: files.length > 0 };
}

/**
 * The workflow that the caller names in the metadata of message or request, as `name` or `name@version`.
 *
 * @throws {A2aFault} something else than a text stands there.
 */
export function skillNamed(...places: readonly (Readonly<Record<string, unknown>> | undefined)[]): Named | undefined {
  const given = places.map((place) => place?.["skill"]).find((skill) => skill !== undefined && skill !== null);
  if (given === undefined || given === RUN_WORKFLOW) return undefined;
  const named = typeof given === "string" ? /^([^@]+)(?:@(.+))?$/.exec(given) : null;
  const name = WorkflowName.safeParse(named?.[1]).data;
  const version = WorkflowVersion.optional().safeParse(named?.[2]);
  if (name === undefined || !version.success) {
    throw new A2aFault("INVALID_PARAMS", "metadata.skill must be the name of a workflow, or name@version");
  }
  return { name, version: version.data };
}

/**
 * The workflow for an input whose sender names none: the only one, else the one of those it fits that reads most of it.
 *
 * @throws {A2aFault} there is none, none fits, or several fit equally; the message lists them.
 */
export function chooseWorkflow<Workflow extends Offer>(offers: readonly Workflow[], input: MessageInput): Workflow {
  const [only, ...others] = offers;
  if (only === undefined)
    throw new A2aFault("INVALID_PARAMS", "no workflow is deployed; deploy one and send the message again");
  if (others.length === 0) return only;
  const fitting = offers.filter((offer) => fits(offer, input));
  const most = Math.max(...fitting.map((offer) => readOf(offer, input)));
  const best = fitting.filter((offer) => readOf(offer, input) === most);
  const [chosen, ...equals] = best;
  if (chosen !== undefined && equals.length === 0) return chosen;
  const why =
    chosen === undefined
      ? "the message fits the input of none of the workflows"
      : "the message does not tell which workflow to run";
  throw new A2aFault(
    "INVALID_PARAMS",
    `${why}; name one as metadata.skill: ${describeOffers(best.length === 0 ? offers : best)}`,
    {
      skills: offers
        .map(({ name }) => name)
        .join(", ")
        .slice(0, 1000),
    },
  );
}

const knows = (input: MessageInput, name: string): boolean => name === MESSAGE || Object.hasOwn(input.fields, name);

const fits = ({ inputFields = [] }: Offer, input: MessageInput): boolean =>
  inputFields.every(({ name, isRequired }) => !isRequired || knows(input, name));

const readOf = ({ inputFields = [] }: Offer, input: MessageInput): number =>
  inputFields.filter(({ name }) => knows(input, name)).length;

/** How many workflows a refusal names. */
const LISTED = 20;

const describeOffers = (offers: readonly Offer[]): string =>
  offers
    .slice(0, LISTED)
    .map(
      ({ name, inputFields = [] }) =>
        `${name} (reads ${inputFields.length === 0 ? "anything" : inputFields.map((field) => field.name).join(", ")})`,
    )
    .join("; ") + (offers.length > LISTED ? `; and ${offers.length - LISTED} more on the extended card` : "");

/**
 * The input of an execution: what the message says, and the message itself where the workflow reads it.
 *
 * @throws {A2aFault} the workflow does not read files, or lacks a field that it needs.
 */
export function inputFor(offer: Offer, message: WireMessage): Readonly<Record<string, unknown>> {
  const { inputFields = [], name } = offer;
  const reads = (field: string): boolean => inputFields.some((one) => one.name === field);
  const input = inputOf(message);
  if (input.hasFiles && !reads(FILES)) {
    throw new A2aFault(
      "CONTENT_TYPE_NOT_SUPPORTED",
      `workflow '${name}' takes text and JSON, and no files: it does not read input.${FILES}`,
    );
  }
  const missing = inputFields.filter((field) => field.isRequired && !knows(input, field.name));
  if (missing.length > 0) {
    const names = missing.map((field) => field.name).join(", ");
    throw new A2aFault("INVALID_PARAMS", `workflow '${name}' needs ${names}; send a data part with these fields`, {
      missing: names,
    });
  }
  return reads(MESSAGE) ? { [MESSAGE]: message, ...input.fields } : input.fields;
}

/** The input of a workflow as JSON Schema. Agents get all of it, so there may be more than is read by name. */
export function inputSchemaOf({ inputFields = [] }: Offer): Readonly<Record<string, unknown>> {
  const required = inputFields.filter(({ isRequired, name }) => isRequired && name !== MESSAGE).map(({ name }) => name);
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    type: "object",
    properties: Object.fromEntries(
      inputFields.filter(({ name }) => name !== MESSAGE).map(({ name }) => [name, KNOWN[name] ?? {}]),
    ),
    ...(required.length === 0 ? {} : { required }),
    additionalProperties: true,
  };
}

const KNOWN: Readonly<Record<string, object>> = {
  [TEXT]: { type: "string" },
  [FILES]: { type: "array", items: { type: "object" } },
};
