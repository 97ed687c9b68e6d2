import { hash } from "node:crypto";
import { pageOf, wireDate } from "./api-paging.ts";
import type * as api from "./api-schemas.ts";
import { machineArn, parseMachineArn } from "./arns.ts";
import { ServiceError } from "./asl-error.ts";
import { checkDefinition, parseDefinition } from "./definition.ts";
import { isJsonObject, type Json } from "./json.ts";
import type { Machine, MachineVersion } from "./machine-store.ts";
import type { Runtime } from "./runtime.ts";

const SETTINGS = ["loggingConfiguration", "tracingConfiguration", "encryptionConfiguration"] as const;
type Settings = Partial<Record<(typeof SETTINGS)[number], Json | undefined>>;

const settingsOf = (request: Settings): Record<string, Json> =>
  Object.fromEntries(SETTINGS.flatMap((key) => (request[key] === undefined ? [] : [[key, request[key]]])));

/** The machine, version or alias an ARN names. @throws {ServiceError} `InvalidArn` */
export function readMachineArn(arn: string): { machine: string; qualifier: string | undefined } {
  const reference = parseMachineArn(arn);
  if (reference === undefined) throw new ServiceError("InvalidArn", `Invalid Arn: '${arn}'`);
  return reference;
}

/** @throws {ServiceError} `StateMachineDoesNotExist`, `InvalidArn` */
export function findMachine(runtime: Runtime, arn: string): Machine {
  const found = runtime.machines.get(readMachineArn(arn).machine);
  if (found === undefined) throw new ServiceError("StateMachineDoesNotExist", `State Machine Does Not Exist: '${arn}'`);
  return found;
}

/** Opaque and different for every content a machine ever had. */
function revisionId({ name, revision }: { name: string; revision: number }): string {
  const digest = hash("sha256", `${name}:${revision}`, "hex");
  return digest.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12}).*$/, "$1-$2-$3-$4-$5");
}

/** A second request with the same content answers like the first. @throws {ServiceError} */
export function createStateMachine(runtime: Runtime, request: api.CreateStateMachine) {
  if (request.type === "EXPRESS") {
    throw new ServiceError("StateMachineTypeNotSupported", "this engine runs STANDARD state machines only");
  }
  parseDefinition(request.definition);
  const { machines, options } = runtime;
  const known = machines.get(request.name);
  const definition = machines.saveDefinition(request.definition);
  const arn = machineArn(options, request.name);
  if (known !== undefined && (known.definition !== definition || known.roleArn !== request.roleArn)) {
    throw new ServiceError("StateMachineAlreadyExists", `State Machine Already Exists: '${arn}'`);
  }
  const now = options.clock.now();
  const machine = known ?? {
    name: request.name,
    definition,
    roleArn: request.roleArn,
    config: settingsOf(request),
    createdAt: now,
    updatedAt: now,
    revision: 1,
    lastVersion: 0,
  };
  if (known === undefined) machines.put(machine);
  if (request.tags !== undefined) tagResource(runtime, { resourceArn: arn, tags: request.tags });
  return {
    stateMachineArn: arn,
    creationDate: wireDate(machine.createdAt),
    ...(request.publish === true && { stateMachineVersionArn: publish(runtime, machine, request.versionDescription) }),
  };
}

export function updateStateMachine(runtime: Runtime, request: api.UpdateStateMachine) {
  const machine = findMachine(runtime, request.stateMachineArn);
  if (request.definition !== undefined) parseDefinition(request.definition);
  const updated: Machine = {
    ...machine,
    definition:
      request.definition === undefined ? machine.definition : runtime.machines.saveDefinition(request.definition),
    roleArn: request.roleArn ?? machine.roleArn,
    config: { ...(isJsonObject(machine.config) && machine.config), ...settingsOf(request) },
    updatedAt: runtime.options.clock.now(),
    revision: machine.revision + 1,
  };
  runtime.machines.put(updated);
  return {
    updateDate: wireDate(updated.updatedAt),
    revisionId: revisionId(updated),
    ...(request.publish === true && { stateMachineVersionArn: publish(runtime, updated, request.versionDescription) }),
  };
}

/** Executions that still run are aborted. Deleting a machine that is not there does nothing. */
export function deleteStateMachine(runtime: Runtime, { stateMachineArn }: api.DeleteStateMachine) {
  const { machine } = readMachineArn(stateMachineArn);
  const everything = {
    machine,
    status: "RUNNING",
    qualifier: undefined,
    before: Number.MAX_SAFE_INTEGER,
    limit: 1_000,
  };
  for (
    let running = runtime.executions.list(everything);
    running.length > 0;
    running = runtime.executions.list(everything)
  ) {
    for (const { id } of running) runtime.abort(runtime.executions.require(id));
  }
  runtime.machines.remove(machine);
  return {};
}

/** Describes a machine, a version, or the first version an alias routes to. */
export function describeStateMachine(runtime: Runtime, { stateMachineArn }: api.DescribeStateMachine) {
  const machine = findMachine(runtime, stateMachineArn);
  const { qualifier } = readMachineArn(stateMachineArn);
  const version = qualifier === undefined ? undefined : findVersion(runtime, stateMachineArn);
  const shown = version ?? machine;
  return {
    stateMachineArn,
    name: machine.name,
    status: "ACTIVE",
    definition: runtime.machines.definitionText(shown.definition),
    roleArn: shown.roleArn,
    type: "STANDARD",
    creationDate: wireDate(shown.createdAt),
    revisionId: revisionId({ name: machine.name, revision: shown.revision }),
    ...(version?.description !== undefined && { description: version.description }),
    ...(isJsonObject(machine.config) && machine.config),
  };
}

/** The version that a version or alias ARN names. @throws {ServiceError} `StateMachineDoesNotExist` */
export function findVersion(runtime: Runtime, arn: string): MachineVersion {
  const { machine, qualifier = "" } = readMachineArn(arn);
  const routed = runtime.machines.alias(machine, qualifier)?.routes[0]?.version ?? Number(qualifier);
  const found = Number.isInteger(routed) ? runtime.machines.version(machine, routed) : undefined;
  if (found === undefined) throw new ServiceError("StateMachineDoesNotExist", `State Machine Does Not Exist: '${arn}'`);
  return found;
}

export function listStateMachines(runtime: Runtime, request: api.ListStateMachines) {
  const { page, ...rest } = pageOf(runtime.machines.list(), request);
  const stateMachines = page.map(({ name, createdAt }) => ({
    stateMachineArn: machineArn(runtime.options, name),
    name,
    type: "STANDARD",
    creationDate: wireDate(createdAt),
  }));
  return { stateMachines, ...rest };
}

export function validateStateMachineDefinition(_: Runtime, request: api.ValidateStateMachineDefinition) {
  const { diagnostics } = checkDefinition(request.definition);
  return { result: diagnostics.length === 0 ? "OK" : "FAIL", diagnostics, truncated: false };
}

/** Publishing what the newest version already holds answers that version. */
function publish(runtime: Runtime, machine: Machine, description: string | undefined): string {
  const { machines, options } = runtime;
  const [newest] = machines.versions(machine.name);
  if (newest?.revision === machine.revision) return machineArn(options, machine.name, newest.version);
  const version = machine.lastVersion + 1;
  const { definition, roleArn, revision, name } = machine;
  machines.put({ ...machine, lastVersion: version });
  machines.putVersion({
    machine: name,
    version,
    definition,
    roleArn,
    revision,
    description,
    createdAt: options.clock.now(),
  });
  return machineArn(options, name, version);
}

export function publishStateMachineVersion(runtime: Runtime, request: api.PublishStateMachineVersion) {
  const machine = findMachine(runtime, request.stateMachineArn);
  if (request.revisionId !== undefined && request.revisionId !== revisionId(machine)) {
    throw new ServiceError("ConflictException", `the revision of ${request.stateMachineArn} is ${revisionId(machine)}`);
  }
  const stateMachineVersionArn = publish(runtime, machine, request.description);
  return { stateMachineVersionArn, creationDate: wireDate(findVersion(runtime, stateMachineVersionArn).createdAt) };
}

export function listStateMachineVersions(runtime: Runtime, request: api.ListStateMachineVersions) {
  const { name } = findMachine(runtime, request.stateMachineArn);
  const { page, ...rest } = pageOf(runtime.machines.versions(name), request);
  const stateMachineVersions = page.map(({ version, createdAt }) => ({
    stateMachineVersionArn: machineArn(runtime.options, name, version),
    creationDate: wireDate(createdAt),
  }));
  return { stateMachineVersions, ...rest };
}

/** @throws {ServiceError} `ConflictException`: an alias still routes to the version. */
export function deleteStateMachineVersion(runtime: Runtime, request: api.DeleteStateMachineVersion) {
  const { machine, qualifier } = readMachineArn(request.stateMachineVersionArn);
  const version = Number(qualifier);
  const user = runtime.machines
    .aliases(machine)
    .find(({ routes }) => routes.some((route) => route.version === version));
  if (user !== undefined) {
    throw new ServiceError("ConflictException", `the alias '${user.name}' still routes to version ${version}`);
  }
  if (Number.isInteger(version)) runtime.machines.removeVersion(machine, version);
  return {};
}

export function tagResource(runtime: Runtime, { resourceArn, tags }: api.TagResource) {
  const all = runtime.machines.tags(resourceArn);
  for (const { key, value } of tags) all.set(key, value);
  runtime.machines.putTags(resourceArn, all);
  return {};
}

export function untagResource(runtime: Runtime, { resourceArn, tagKeys }: api.UntagResource) {
  const all = runtime.machines.tags(resourceArn);
  for (const key of tagKeys) all.delete(key);
  runtime.machines.putTags(resourceArn, all);
  return {};
}

export function listTagsForResource(runtime: Runtime, { resourceArn }: api.ListTagsForResource) {
  return { tags: [...runtime.machines.tags(resourceArn)].map(([key, value]) => ({ key, value })) };
}
