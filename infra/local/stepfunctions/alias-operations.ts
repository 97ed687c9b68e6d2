import { pageOf, wireDate } from "./api-paging.ts";
import type * as api from "./api-schemas.ts";
import { machineArn } from "./arns.ts";
import { ServiceError } from "./asl-error.ts";
import { findMachine, findVersion, readMachineArn } from "./machine-operations.ts";
import type { MachineAlias, Route } from "./machine-store.ts";
import type { Runtime } from "./runtime.ts";

type Routing = api.CreateStateMachineAlias["routingConfiguration"];

/** @throws {ServiceError} `ValidationException`: the weights or versions do not make a routing. */
function readRouting(runtime: Runtime, routing: Routing): { machine: string; routes: Route[] } {
  const versions = routing.map(({ stateMachineVersionArn }) => findVersion(runtime, stateMachineVersionArn));
  const [first] = versions;
  const sum = routing.reduce((total, { weight }) => total + weight, 0);
  const numbers = new Set(versions.map(({ version }) => version));
  const isOneMachine = versions.every(({ machine }) => machine === first?.machine);
  if (first === undefined || sum !== 100 || !isOneMachine || numbers.size !== versions.length) {
    throw new ServiceError(
      "ValidationException",
      "an alias routes to one or two versions of one machine; weights sum to 100",
    );
  }
  const routes = versions.map(({ version }, index) => ({ version, weight: routing[index]?.weight ?? 0 }));
  return { machine: first.machine, routes };
}

/** @throws {ServiceError} `ResourceNotFound` */
function findAlias(runtime: Runtime, arn: string): MachineAlias {
  const { machine, qualifier = "" } = readMachineArn(arn);
  const found = runtime.machines.alias(machine, qualifier);
  if (found === undefined) throw new ServiceError("ResourceNotFound", `no alias '${arn}'`);
  return found;
}

const sameRoutes = (one: readonly Route[], other: readonly Route[]): boolean =>
  JSON.stringify(one) === JSON.stringify(other);

/** A second request with the same content answers like the first. @throws {ServiceError} `ConflictException` */
export function createStateMachineAlias(runtime: Runtime, request: api.CreateStateMachineAlias) {
  const { name, description } = request;
  const { machine, routes } = readRouting(runtime, request.routingConfiguration);
  const known = runtime.machines.alias(machine, name);
  const now = runtime.options.clock.now();
  if (known === undefined) {
    runtime.machines.putAlias({ machine, name, description, routes, createdAt: now, updatedAt: now });
  } else if (!sameRoutes(known.routes, routes) || known.description !== description) {
    throw new ServiceError("ConflictException", `the alias '${name}' exists with another routing`);
  }
  return {
    stateMachineAliasArn: machineArn(runtime.options, machine, name),
    creationDate: wireDate(known?.createdAt ?? now),
  };
}

export function updateStateMachineAlias(runtime: Runtime, request: api.UpdateStateMachineAlias) {
  const alias = findAlias(runtime, request.stateMachineAliasArn);
  const { routingConfiguration, description = alias.description } = request;
  const changed = routingConfiguration === undefined ? alias : readRouting(runtime, routingConfiguration);
  if (changed.machine !== alias.machine) {
    throw new ServiceError("ValidationException", "an alias stays with its state machine");
  }
  const updatedAt = runtime.options.clock.now();
  runtime.machines.putAlias({ ...alias, description, routes: changed.routes, updatedAt });
  return { updateDate: wireDate(updatedAt) };
}

export function describeStateMachineAlias(runtime: Runtime, request: api.DescribeStateMachineAlias) {
  const { machine, name, description, routes, createdAt, updatedAt } = findAlias(runtime, request.stateMachineAliasArn);
  return {
    stateMachineAliasArn: request.stateMachineAliasArn,
    name,
    ...(description !== undefined && { description }),
    routingConfiguration: routes.map(({ version, weight }) => ({
      stateMachineVersionArn: machineArn(runtime.options, machine, version),
      weight,
    })),
    creationDate: wireDate(createdAt),
    updateDate: wireDate(updatedAt),
  };
}

export function listStateMachineAliases(runtime: Runtime, request: api.ListStateMachineAliases) {
  const { name } = findMachine(runtime, request.stateMachineArn);
  const version = Number(readMachineArn(request.stateMachineArn).qualifier);
  const aliases = runtime.machines
    .aliases(name)
    .filter(({ routes }) => Number.isNaN(version) || routes.some((route) => route.version === version));
  const { page, ...rest } = pageOf(aliases, request);
  const stateMachineAliases = page.map((alias) => ({
    stateMachineAliasArn: machineArn(runtime.options, name, alias.name),
    creationDate: wireDate(alias.createdAt),
  }));
  return { stateMachineAliases, ...rest };
}

export function deleteStateMachineAlias(
  runtime: Runtime,
  { stateMachineAliasArn }: api.DeleteStateMachineAlias,
) {
  const { machine, name } = findAlias(runtime, stateMachineAliasArn);
  runtime.machines.removeAlias(machine, name);
  return {};
}
