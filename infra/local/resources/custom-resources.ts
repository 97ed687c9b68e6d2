import { randomUUID } from "node:crypto";
import * as z from "zod";
import type { PhysicalResource, ResolvedResource } from "../cloudformation/deployment.ts";
import { TemplateError } from "../cloudformation/intrinsics.ts";
import type { Json } from "../json.ts";
import { isJsonObject, scalarText } from "../json.ts";
import type { LambdaService } from "../lambda/lambda-service.ts";
import type { Records } from "../state/records.ts";
import type { CloudPlace } from "../cloud-place.ts";

const json: z.ZodType<Json> = z.json();

const Answer = z.object({
  Status: z.enum(["SUCCESS", "FAILED"]),
  Reason: z.string().optional(),
  PhysicalResourceId: z.string().optional(),
  Data: z.record(z.string(), json).default({}),
});

const Known = z.object({
  properties: json,
  type: z.string(),
  physicalId: z.string(),
  data: z.record(z.string(), json),
});
type Known = z.infer<typeof Known>;

const ANSWER_DEADLINE_MS = 120_000;
/** Path under which a provider answers. */
export const CUSTOM_RESOURCE_PATH = "/_cloudformation/custom-resource/";

interface CustomServices {
  readonly place: CloudPlace;
  readonly records: Records;
  readonly lambda: () => LambdaService;
}

/** Calls the providers of custom resources when properties are new or differ from those of the last start. */
export class CustomResources {
  readonly #services: CustomServices;
  readonly #waiting = new Map<string, (body: string) => void>();
  readonly #seen = new Set<string>();

  constructor(services: CustomServices) {
    this.#services = services;
  }

  /** Hands over what a provider put to its `ResponseURL`. */
  answer(token: string, body: string): void {
    this.#waiting.get(token)?.(body);
  }

  /** @throws {TemplateError} the provider failed or did not answer. */
  async declare(resource: ResolvedResource): Promise<PhysicalResource> {
    const key = `${resource.stack.name}/${resource.logicalId}`;
    this.#seen.add(key);
    const stored = this.#services.records.get("custom-resource", key);
    const known = stored === undefined ? undefined : Known.parse(JSON.parse(stored));
    const properties = asStrings(resource.properties);
    if (known !== undefined && JSON.stringify(known.properties) === JSON.stringify(properties))
      return toPhysical(known);
    const answer = await this.#call(resource, {
      RequestType: known === undefined ? "Create" : "Update",
      ResourceProperties: properties,
      ...(known !== undefined && { OldResourceProperties: known.properties, PhysicalResourceId: known.physicalId }),
    });
    const physicalId = answer.PhysicalResourceId ?? known?.physicalId ?? key;
    const fresh = { properties, type: resource.type, physicalId, data: answer.Data };
    this.#services.records.put("custom-resource", key, JSON.stringify(fresh));
    return toPhysical(fresh);
  }

  /** Deletes those of former starts that the templates no longer hold; a provider that is gone cannot be asked. */
  async removeUndeclared(log: (line: string) => void): Promise<void> {
    const { records } = this.#services;
    for (const key of records.keys("custom-resource").filter((each) => !this.#seen.has(each))) {
      const { properties, type, physicalId } = Known.parse(JSON.parse(records.get("custom-resource", key) ?? "null"));
      const [stackName = "", logicalId = ""] = key.split("/");
      const call = { RequestType: "Delete", PhysicalResourceId: physicalId, ResourceProperties: properties };
      const target = { type, logicalId, stackName, properties: isJsonObject(properties) ? properties : {} };
      await this.#invoke(target, call).catch((error: unknown) =>
        log(`custom resource ${key} was not deleted: ${String(error)}`),
      );
      records.remove("custom-resource", key);
    }
  }

  #call(resource: ResolvedResource, request: object): Promise<z.infer<typeof Answer>> {
    const { type, logicalId, stack, properties } = resource;
    return this.#invoke({ type, logicalId, stackName: stack.name, properties }, request);
  }

  async #invoke(
    {
      type,
      logicalId,
      stackName,
      properties,
    }: Pick<ResolvedResource, "type" | "logicalId" | "properties"> & { stackName: string },
    request: object,
  ): Promise<z.infer<typeof Answer>> {
    const { place, lambda } = this.#services;
    const token = randomUUID();
    const answered = new Promise<string>((resolve) => this.#waiting.set(token, resolve));
    const event = {
      ...request,
      ResponseURL: `${place.endpoint}${CUSTOM_RESOURCE_PATH}${token}`,
      StackId: `arn:aws:cloudformation:${place.region}:${place.accountId}:stack/${stackName}/local`,
      RequestId: token,
      ResourceType: type,
      LogicalResourceId: logicalId,
      ServiceToken: properties["ServiceToken"],
    };
    const call = async (): Promise<string> => {
      const provider = scalarText(properties["ServiceToken"]) ?? "";
      const { functionError, payload } = await lambda().invoke(provider, JSON.stringify(event));
      if (functionError !== undefined) throw new TemplateError(`the provider failed: ${payload}`);
      return answered;
    };
    const body = await Promise.race([answered, call(), expire()]);
    this.#waiting.delete(token);
    const answer = Answer.parse(JSON.parse(body));
    if (answer.Status === "FAILED")
      throw new TemplateError(`the provider refused: ${answer.Reason ?? "no reason given"}`);
    return answer;
  }
}

async function expire(): Promise<never> {
  await new Promise((done) => setTimeout(done, ANSWER_DEADLINE_MS).unref());
  throw new TemplateError(`the provider did not answer within ${ANSWER_DEADLINE_MS / 1000} s`);
}

const toPhysical = ({ physicalId, data }: Known): PhysicalResource => ({ ref: physicalId, attributes: data });

/** CloudFormation hands every scalar over as text. */
function asStrings(value: Json): Json {
  if (Array.isArray(value)) return value.map((each: Json) => asStrings(each));
  if (isJsonObject(value))
    return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, asStrings(each)]));
  return scalarText(value) ?? null;
}
