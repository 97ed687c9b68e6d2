import { HttpApi, HttpMethod, HttpStage, LogGroupLogDestination, PayloadFormatVersion } from "aws-cdk-lib/aws-apigatewayv2";
import { HttpLambdaIntegration } from "aws-cdk-lib/aws-apigatewayv2-integrations";
import type { Function as LambdaFunction } from "aws-cdk-lib/aws-lambda";
import { LogGroup, RetentionDays } from "aws-cdk-lib/aws-logs";
import { Construct } from "constructs";
import { acknowledge } from "./grants.ts";
import { type Deployment, nameOf } from "./names.ts";

export interface PushDoorProps {
  readonly deployment: Deployment;
  /** Receives pushes, in the format of a REST API. */
  readonly push: LambdaFunction;
}

/** A door of its own for agents' pushes: a request costs a dollar a million here, and three and a half in a REST API. */
export class PushDoor extends Construct {
  /** What `/push/{dispatch}` is appended to. */
  readonly url: string;

  constructor(scope: Construct, id: string, { deployment, push }: PushDoorProps) {
    super(scope, id);
    const api = new HttpApi(this, "Api", {
      apiName: nameOf(deployment, "push"),
      description: "Agents report here how their tasks stand",
      createDefaultStage: false,
    });
    const logs = new LogGroup(this, "AccessLogs", {
      logGroupName: `/aws/apigateway/${nameOf(deployment, "push")}`,
      retention: RetentionDays.ONE_MONTH,
    });
    new HttpStage(this, "Stage", {
      httpApi: api,
      autoDeploy: true,
      // As the REST API, for all agents together.
      throttle: { rateLimit: 1000, burstLimit: 2000 },
      accessLogSettings: { destination: new LogGroupLogDestination(logs) },
    });
    const integration = new HttpLambdaIntegration("Integration", push, { payloadFormatVersion: PayloadFormatVersion.VERSION_1_0 });
    api.addRoutes({ path: "/push/{dispatch}", methods: [HttpMethod.POST], integration });
    this.url = api.apiEndpoint;
    acknowledge(this, "AwsSolutions-APIG4", "an agent proves itself by the secret of its attempt, which `receive-push` compares");
  }
}
