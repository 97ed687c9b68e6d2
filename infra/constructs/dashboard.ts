import { Duration } from "aws-cdk-lib";
import { LambdaIntegration, type MethodOptions, ResponseTransferMode, type RestApi } from "aws-cdk-lib/aws-apigateway";
import { Construct } from "constructs";
import type { Deployment } from "./names.ts";
import { ServiceFunction } from "./service-function.ts";

export interface DashboardProps {
  readonly deployment: Deployment;
  readonly api: RestApi;
  /** Of routes that need no token: the page is the same for everybody, and asks for a token itself. */
  readonly open: MethodOptions;
}

/** The page in which people watch and steer, under the API's own address; its function may do nothing but write logs. */
export class Dashboard extends Construct {
  constructor(scope: Construct, id: string, { deployment, api, open }: DashboardProps) {
    super(scope, id);
    const { function: serve } = new ServiceFunction(this, "Serve", {
      deployment,
      folder: "serve-dashboard",
      timeout: Duration.seconds(10),
      memorySize: 256,
    });
    // Other replies would carry fonts and compressed files as base64, for every API of ours alike.
    const integration = new LambdaIntegration(serve, {
      responseTransferMode: ResponseTransferMode.STREAM,
      timeout: Duration.seconds(10),
    });
    const page = api.root.addResource("ui");
    for (const resource of [api.root, page, page.addResource("{proxy+}")]) resource.addMethod("GET", integration, open);
  }
}
