import { CfnParameter, Stack } from "aws-cdk-lib";
import { PolicyStatement } from "aws-cdk-lib/aws-iam";
import type { Function as LambdaFunction } from "aws-cdk-lib/aws-lambda";
import { Construct } from "constructs";
import type { DataStack } from "../stacks/data-stack.ts";
import { type Deployment, nameOf } from "./names.ts";

export interface StreamPlacesProps {
  readonly deployment: Deployment;
  readonly data: Pick<DataStack, "control">;
}

/** How many streams a tenant and each of its subjects may hold open: each of them occupies a function. */
export class StreamPlaces extends Construct {
  readonly #props: StreamPlacesProps;
  readonly #most: Readonly<Record<string, string>>;

  constructor(scope: Construct, id: string, props: StreamPlacesProps) {
    super(scope, id);
    this.#props = props;
    const most = (name: string, value: number, description: string) =>
      new CfnParameter(Stack.of(this), name, { type: "Number", default: value, minValue: 1, maxValue: 10_000, description }).valueAsString;
    this.#most = {
      STREAMS_PER_SUBJECT: most("StreamsPerSubject", 20, "Streams that one subject may hold open"),
      STREAMS_PER_TENANT: most("StreamsPerTenant", 50, "Streams that one tenant may hold open; each occupies a Lambda function"),
    };
  }

  /** Lets a function count the streams that it holds. */
  countIn(worker: LambdaFunction): void {
    const { deployment, data } = this.#props;
    worker.addEnvironment("CONTROL_TABLE", data.control.tableName);
    for (const [name, value] of Object.entries(this.#most)) worker.addEnvironment(name, value);
    worker.addToRolePolicy(
      new PolicyStatement({
        actions: ["dynamodb:PutItem", "dynamodb:DeleteItem", "dynamodb:Query"],
        resources: [Stack.of(worker).formatArn({ service: "dynamodb", resource: "table", resourceName: nameOf(deployment, "control") })],
        conditions: { "ForAllValues:StringLike": { "dynamodb:LeadingKeys": ["T#*#STREAMS"] } },
      }),
    );
  }
}
