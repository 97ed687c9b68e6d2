import {
  ConflictException,
  CreateStateMachineAliasCommand,
  CreateStateMachineCommand,
  type SFNClient,
  StateMachineAlreadyExists,
  UpdateStateMachineAliasCommand,
  UpdateStateMachineCommand,
} from "@aws-sdk/client-sfn";
import type { CompiledMachine, CompiledWorkflow } from "../../shared/workflow/compiler/compile-plan.ts";
import { machineName } from "../../shared/workflow/plan/machine-name.ts";

/** Where machines are made, and whose role they run under. */
export interface MachineStore {
  readonly sfn: SFNClient;
  readonly roleArn: string;
  readonly logGroupArn: string;
  /** `arn:…:stateMachine:a2a-<stage>`: every machine's ARN begins with it, as the roles allow. */
  readonly arnPrefix: string;
}

/**
 * Brings a workflow's machines up to date and publishes a version of each.
 *
 * A machine is one per tenant, workflow and part; an update with the same definition publishes nothing new, so
 * doing it twice is doing it once. Parts come first: a version of `main` names fixed versions of its parts.
 *
 * @returns ARN of the published version of `main`.
 */
export async function publishMachines(store: MachineStore, tenant: string, compiled: CompiledWorkflow): Promise<string> {
  const versions = new Map<string, string>();
  for (const machine of compiled.machines) {
    versions.set(machine.key, await publishMachine(store, { tenant, compiled, machine, versions }));
  }
  const main = versions.get("main");
  if (main === undefined) throw new Error("a compiled workflow has a main machine");
  await pointAlias(store, main);
  return main;
}

interface Publication {
  readonly tenant: string;
  readonly compiled: CompiledWorkflow;
  readonly machine: CompiledMachine;
  readonly versions: ReadonlyMap<string, string>;
}

async function publishMachine(store: MachineStore, publication: Publication): Promise<string> {
  const { tenant, compiled, machine, versions } = publication;
  const definition = machine.asl.replaceAll(/\$\{Machine_(\w+)\}/g, (_, key: string) => versions.get(key) ?? "");
  const shape = {
    definition,
    roleArn: store.roleArn,
    loggingConfiguration: {
      level: "ERROR" as const,
      includeExecutionData: false,
      destinations: [{ cloudWatchLogsLogGroup: { logGroupArn: store.logGroupArn } }],
    },
    tracingConfiguration: { enabled: true },
    publish: true,
  };
  const [path, prefix] = splitAtLast(store.arnPrefix);
  const name = machineName(prefix, { tenant, workflow: compiled.name, key: machine.key });
  try {
    const created = await store.sfn.send(new CreateStateMachineCommand({ name, type: "STANDARD", ...shape }));
    return required(created.stateMachineVersionArn, "version of a new machine");
  } catch (error) {
    if (!(error instanceof StateMachineAlreadyExists)) throw error;
  }
  const stateMachineArn = `${path}:${name}`;
  const updated = await store.sfn.send(new UpdateStateMachineCommand({ stateMachineArn, ...shape }));
  return required(updated.stateMachineVersionArn, "version of an updated machine");
}

/** `live` is for people and consoles; runs start the version that their definition names. */
async function pointAlias(store: MachineStore, versionArn: string): Promise<void> {
  const routingConfiguration = [{ stateMachineVersionArn: versionArn, weight: 100 }];
  const [machineArn] = splitAtLast(versionArn);
  try {
    await store.sfn.send(new CreateStateMachineAliasCommand({ name: "live", routingConfiguration }));
  } catch (error) {
    if (!(error instanceof ConflictException)) throw error;
    const stateMachineAliasArn = `${machineArn}:live`;
    await store.sfn.send(new UpdateStateMachineAliasCommand({ stateMachineAliasArn, routingConfiguration }));
  }
}

/** An ARN before and after its last colon. */
function splitAtLast(arn: string): [before: string, after: string] {
  const colon = arn.lastIndexOf(":");
  return [arn.slice(0, colon), arn.slice(colon + 1)];
}

function required(value: string | undefined, what: string): string {
  if (value === undefined) throw new Error(`Step Functions did not return the ${what}`);
  return value;
}
