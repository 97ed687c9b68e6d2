/** Where the engine pretends to run. */
export interface Place {
  readonly region: string;
  readonly accountId: string;
}

/** A machine, version or alias by its ARN; the qualifier is a version number or an alias name. */
export interface MachineReference {
  readonly machine: string;
  readonly qualifier: string | undefined;
}

const prefix = ({ region, accountId }: Place): string => `arn:aws:states:${region}:${accountId}`;

/** The ARN of a machine, or of its version or alias when a qualifier is given. */
export function machineArn(place: Place, machine: string, qualifier?: string | number): string {
  return `${prefix(place)}:stateMachine:${machine}${qualifier === undefined ? "" : `:${qualifier}`}`;
}

export function executionArn(place: Place, machine: string, name: string): string {
  return `${prefix(place)}:execution:${machine}:${name}`;
}

export function mapRunArn(place: Place, machine: string, run: string): string {
  return `${prefix(place)}:mapRun:${machine}:${run}`;
}

/** Reads the ARN of a machine, version or alias; `undefined` for any other text. */
export function parseMachineArn(arn: string): MachineReference | undefined {
  const [, machine, qualifier] = /^arn:[\w-]+:states:[\w-]*:\d*:stateMachine:([^:]+)(?::([^:]+))?$/.exec(arn) ?? [];
  return machine === undefined ? undefined : { machine, qualifier };
}

/** Reads the ARN of an execution; `undefined` for any other text. */
export function parseExecutionArn(arn: string): { machine: string; name: string } | undefined {
  const [, machine, name] = /^arn:[\w-]+:states:[\w-]*:\d*:execution:([^:]+):([^:]+)$/.exec(arn) ?? [];
  return machine === undefined || name === undefined ? undefined : { machine, name };
}
