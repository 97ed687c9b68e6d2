import { parseArgs } from "node:util";

export const TARGETS = ["embedded", "ministack", "localstack", "endpoint", "aws"] as const;
/** What is run without a deployment. */
const OTHERS = ["dynamodb-local", "cfn-lint", "promtool"] as const;
/** An AWS to deploy to. */
export type TargetName = (typeof TARGETS)[number];

/** What to run, and against what. */
export interface DeployedOptions {
  readonly target: TargetName | (typeof OTHERS)[number];
  /** A person read what it may cost, and wants it. */
  readonly acceptsCosts: boolean;
  /** Where a tunnel leads to `publicPort` of this machine: agents and keys are reached there. @default - not at all */
  readonly publicUrl: string | undefined;
  readonly publicPort: number;
}

export const USAGE = `npm run test:deployed -- --target NAME

  embedded         the embedded cloud of \`npm start\`, as the column to compare with
  ministack        MiniStack from PyPI, with its IAM enforced (Python 3.10 or newer)
  localstack       LocalStack in Docker
  endpoint         whatever AWS_ENDPOINT_URL names
  aws              a real account: the usual AWS variables say which. Needs --i-accept-costs,
                   and for what has agents in it --public-url URL, a tunnel to --public-port (8088) here
  dynamodb-local   Amazon's DynamoDB Local from Maven Central, under the store suite (Java 17 and Maven)
  cfn-lint         the templates against AWS's resource schemas, by cfn-lint from PyPI (Python 3.11 or newer)
  promtool         the alert rules by Prometheus itself: each fires and clears (Debian's prometheus)`;

/** The command line asks for something that is not there. */
export class DeployedOptionError extends Error {}

/** @throws {DeployedOptionError} an option is unknown, or the target is. */
export function readOptions(args: readonly string[]): DeployedOptions {
  const options = {
    target: { type: "string" },
    "i-accept-costs": { type: "boolean", default: false },
    ...PUBLIC,
  } as const;
  const { values } = parse(() => parseArgs({ args: [...args], options }));
  const target = [...TARGETS, ...OTHERS].find((name) => name === values.target);
  if (target === undefined) throw new DeployedOptionError(`--target ${values.target ?? ""} is none of those below`);
  return {
    target,
    acceptsCosts: values["i-accept-costs"],
    publicUrl: values["public-url"],
    publicPort: Number(values["public-port"]),
  };
}

const PUBLIC = { "public-url": { type: "string" }, "public-port": { type: "string", default: "8088" } } as const;

function parse<Parsed>(run: () => Parsed): Parsed {
  try {
    return run();
  } catch (error) {
    throw new DeployedOptionError(error instanceof Error ? error.message : String(error));
  }
}
