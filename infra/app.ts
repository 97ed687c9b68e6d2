import { App, Tags, Validations } from "aws-cdk-lib";
import { AwsSolutionsChecks } from "cdk-nag";
import { bundleFunctions } from "./bundle.ts";
import { type Deployment, nameOf, readDeployment } from "./constructs/names.ts";
import { loadShippedWorkflows } from "./definitions.ts";
import { AgentsStack } from "./stacks/agents-stack.ts";
import { ApiStack } from "./stacks/api-stack.ts";
import { ControlTowerStack } from "./stacks/control-tower-stack.ts";
import { DataStack } from "./stacks/data-stack.ts";
import { HooksStack } from "./stacks/hooks-stack.ts";
import { IncidentsStack } from "./stacks/incidents-stack.ts";
import { MessagingStack } from "./stacks/messaging-stack.ts";
import { ObservabilityStack } from "./stacks/observability-stack.ts";
import { OrchestrationStack } from "./stacks/orchestration-stack.ts";
import { PlanningStack } from "./stacks/planning-stack.ts";

/** Declares every stack of one deployment. */
export function declareStacks(app: App, deployment: Deployment): void {
  const named = (name: string) => ({ deployment, stackName: nameOf(deployment, name) });
  const data = new DataStack(app, "Data", named("data"));
  const messaging = new MessagingStack(app, "Messaging", named("messaging"));
  const workflows = loadShippedWorkflows(deployment);
  const planning = new PlanningStack(app, "Planning", { ...named("planning"), data, messaging, workflows });
  const api = new ApiStack(app, "Api", { ...named("api"), data, messaging, planning });
  const orchestration = new OrchestrationStack(app, "Orchestration", { ...named("orchestration"), data, messaging, planning, api });
  const agents = new AgentsStack(app, "Agents", { ...named("agents"), data, messaging, api });
  new HooksStack(app, "Hooks", { ...named("hooks"), data, messaging, api });
  const tower = new ControlTowerStack(app, "ControlTower", { ...named("control-tower"), data, messaging });
  const deadLetters = [...messaging.deadLetters, ...api.deadLetters, ...agents.deadLetters, ...tower.deadLetters, ...orchestration.deadLetters];
  const incidents = new IncidentsStack(app, "Incidents", { ...named("incidents"), data, messaging, api, deadLetters });
  new ObservabilityStack(app, "Observability", {
    ...named("observability"),
    queues: [...messaging.work, ...deadLetters, ...incidents.deadLetters],
    streamReaders: tower.streamReaders,
  });
  Tags.of(app).add("a2a:stage", deployment.stage);
}

if (import.meta.main) {
  const app = new App();
  await bundleFunctions();
  declareStacks(app, readDeployment(app));
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
}
