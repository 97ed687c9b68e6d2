import { createHash } from "node:crypto";
import type { Json, JsonObject } from "../json.ts";
import { isJsonObject, scalarText } from "../json.ts";
import type { Stack } from "./assembly.ts";
import { orderResources } from "./dependencies.ts";
import type { References } from "./intrinsics.ts";
import { evaluateCondition, resolveValue, TemplateError } from "./intrinsics.ts";

/** A resource with nothing left to resolve. */
export interface ResolvedResource {
  readonly stack: Stack;
  readonly logicalId: string;
  readonly type: string;
  readonly properties: JsonObject;
}

/** What a resource is called once it exists. */
export interface PhysicalResource {
  readonly ref: string;
  readonly attributes?: Readonly<Record<string, Json>>;
}

export type ResourceCreator = (resource: ResolvedResource) => PhysicalResource | Promise<PhysicalResource>;

export interface DeploymentOptions {
  readonly region: string;
  readonly accountId: string;
  /** Values of template parameters, for all stacks. */
  readonly parameters: Readonly<Record<string, string>>;
  /** Creates a resource, or finds it as it was. @throws {TemplateError} its type is unknown. */
  readonly create: ResourceCreator;
  readonly finish: (text: string) => string;
}

/** Output values by stack name. */
export type Outputs = Readonly<Record<string, Readonly<Record<string, string>>>>;

/** Deploys stacks one after the other; exports of one are imports of the next. */
export class Deployment {
  readonly #options: DeploymentOptions;
  readonly #exports = new Map<string, Json>();
  readonly #outputs: Record<string, Record<string, string>> = {};

  constructor(options: DeploymentOptions) {
    this.#options = options;
  }

  get outputs(): Outputs {
    return this.#outputs;
  }

  /** @throws {TemplateError} the template cannot be brought up; names the stack and the resource. */
  async deploy(stack: Stack): Promise<void> {
    const created = new Map<string, PhysicalResource>();
    const references = this.#referencesOf(stack, created);
    const isWanted = (condition: string | undefined): boolean =>
      condition === undefined || references.condition(condition);
    for (const logicalId of orderResources(stack.template.Resources)) {
      const resource = stack.template.Resources[logicalId];
      if (resource === undefined || !isWanted(resource.Condition)) continue;
      try {
        const properties = resolveValue(resource.Properties, references);
        if (!isJsonObject(properties)) throw new TemplateError("the properties are no object");
        created.set(logicalId, await this.#options.create({ stack, logicalId, type: resource.Type, properties }));
      } catch (cause) {
        const reason = cause instanceof Error ? cause.message : String(cause);
        throw new TemplateError(`${stack.name}/${logicalId} (${resource.Type}): ${reason}`, { cause });
      }
    }
    this.#publish(stack, references, isWanted);
  }

  #publish(stack: Stack, references: References, isWanted: (condition: string | undefined) => boolean): void {
    const outputs: Record<string, string> = {};
    for (const [name, output] of Object.entries(stack.template.Outputs)) {
      if (!isWanted(output.Condition)) continue;
      const value = resolveValue(output.Value, references);
      outputs[name] = typeof value === "string" ? value : JSON.stringify(value);
      if (output.Export !== undefined)
        this.#exports.set(scalarText(resolveValue(output.Export.Name, references)) ?? "", value);
    }
    this.#outputs[stack.name] = outputs;
  }

  #referencesOf(stack: Stack, created: ReadonlyMap<string, PhysicalResource>): References {
    const { template } = stack;
    const references: References = {
      ref: (name) =>
        this.#pseudoParameter(stack, name) ?? this.#parameter(stack, name) ?? found(created.get(name), name).ref,
      attribute: (logicalId, attribute) => {
        const value = found(created.get(logicalId), logicalId).attributes?.[attribute];
        if (value === undefined) throw new TemplateError(`${logicalId} has no attribute ${attribute}`);
        return value;
      },
      condition: (name) => evaluateCondition(found(template.Conditions[name], name), references),
      mapping: (map, top, second) => found(template.Mappings[map]?.[top]?.[second], `${map}.${top}.${second}`),
      importValue: (name) => found(this.#exports.get(name), name),
      stackOutput: (stackName, output) => found(this.#outputs[stackName]?.[output], `${stackName}.${output}`),
      finish: this.#options.finish,
    };
    return references;
  }

  #parameter({ template }: Stack, name: string): Json | undefined {
    const parameter = template.Parameters[name];
    if (parameter === undefined) return undefined;
    const value = this.#options.parameters[name] ?? parameter.Default;
    if (value === undefined) throw new TemplateError(`parameter ${name} has no value`);
    return parameter.Type === "CommaDelimitedList" || parameter.Type.startsWith("List<") ? value.split(",") : value;
  }

  #pseudoParameter({ name: stackName }: Stack, name: string): Json | undefined {
    const { region, accountId } = this.#options;
    const values: Readonly<Record<string, string>> = {
      "AWS::Region": region,
      "AWS::AccountId": accountId,
      "AWS::Partition": "aws",
      "AWS::URLSuffix": "amazonaws.com",
      "AWS::StackName": stackName,
      "AWS::StackId": `arn:aws:cloudformation:${region}:${accountId}:stack/${stackName}/local`,
    };
    return name === "AWS::NotificationARNs" ? [] : values[name];
  }
}

function found<Value>(value: Value | undefined, name: string): Value {
  if (value === undefined) throw new TemplateError(`nothing is called ${name}`);
  return value;
}

/**
 * The name of a resource whose template gives none. It depends on the stack and the logical id only, so a later start
 * finds the same table, queue or bucket again.
 */
export function physicalName({ stack, logicalId }: ResolvedResource, maxLength = 64): string {
  const hash = createHash("sha256").update(`${stack.name}/${logicalId}`).digest("hex").slice(0, 12);
  return `${`${stack.name}-${logicalId}`.slice(0, maxLength - 13)}-${hash}`;
}
