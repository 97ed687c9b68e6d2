import { join } from "node:path";
import { closeServer, createApiHosts, localiseUrls } from "./api-hosts.ts";
import type { ServiceCalls } from "./clients/door.ts";
import { serviceCalls } from "./clients/service-calls.ts";
import type { CloudServices } from "./cloud-services.ts";
import { EventBuses } from "./eventbridge/event-bus.ts";
import { TargetDelivery } from "./eventbridge/target-delivery.ts";
import type { Foundation, OpenOptions } from "./foundation.ts";
import { layFoundation, runtimeEnvironment } from "./foundation.ts";
import { frontRoutes } from "./front-routes.ts";
import { createIntegrations, publishReport, publishStatusChange } from "./integrations.ts";
import { LambdaService } from "./lambda/lambda-service.ts";
import { CustomResources } from "./resources/custom-resources.ts";
import { Scheduler } from "./scheduler/scheduler.ts";
import { SecretStore } from "./secrets/secret-store.ts";
import { SqsService } from "./sqs/sqs-service.ts";
import { readTurbulence } from "./sqs/turbulence.ts";
import { Outbox } from "./state/outbox.ts";
import { systemClock } from "./stepfunctions/clock.ts";
import type { Engine } from "./stepfunctions/engine.ts";
import { createEngine } from "./stepfunctions/engine.ts";
import { createFrontServer } from "./wire/front-server.ts";

// Calls that run when the cloud stops may take this long; what does not end is done again at the next start.
const STOP_GRACE_MS = 800;

/** Services that run, before anything is deployed to them. */
export interface OpenCloud {
  readonly services: CloudServices;
  /** Base URLs by API name. */
  readonly apiUrls: Record<string, string>;
  /** Turns addresses of AWS into those of this cloud, and fills in secrets. */
  readonly finish: (text: string) => string;
  /** Lets events flow: call it once everything is deployed. */
  activate(): void;
  stop(): Promise<void>;
}

/** Starts all services over the state of former runs. */
export async function openCloud(options: OpenOptions): Promise<OpenCloud> {
  const closers = new AsyncDisposableStack();
  try {
    return await open(options, closers);
  } catch (error) {
    await closers.disposeAsync();
    throw error;
  }
}

async function open(options: OpenOptions, closers: AsyncDisposableStack): Promise<OpenCloud> {
  const foundation = await layFoundation(options, closers);
  const deployed = Promise.withResolvers<void>();
  const messaging = createMessaging(foundation, options);
  const engine = await openEngine(foundation, messaging, { deployed: deployed.promise, ...options });
  const hosts = createApiHosts(options, { ports: foundation.ports, closers });
  const services: CloudServices = {
    ...foundation,
    ...messaging,
    engine,
    apis: hosts.apis,
    socketApis: hosts.socketApis,
    log: options.log,
    meter: options.meter,
    eventSources: [],
    runtimeEnvironment: runtimeEnvironment(foundation),
    declareApi: (api) => hosts.declareApi(api, services),
    declareSocketApi: (api) => hosts.declareSocketApi(api, services),
  };
  const routes = frontRoutes(services, options);
  messaging.answerFunctions(serviceCalls(routes));
  const front = createFrontServer(routes);
  await foundation.ports.listen(front, "endpoint", foundation.port);
  closers.defer(() => closeServer(front));
  closers.defer(() => messaging.sqs.stop());
  closers.defer(() => engine.close());
  closers.defer(() => messaging.lambda.stop(STOP_GRACE_MS));
  return {
    services,
    apiUrls: hosts.apiUrls,
    finish: (text) => messaging.secrets.resolveReferences(localiseUrls(text, hosts.urlsById)),
    activate: () => activate(services, deployed.resolve),
    stop: async () => {
      stopSources(services);
      await closers.disposeAsync();
    },
  };
}

type Messaging = Pick<
  CloudServices,
  "outbox" | "sqs" | "lambda" | "buses" | "delivery" | "scheduler" | "secrets" | "customResources" | "sendToDestination"
>;

/** What is told of others once these are open. */
interface Latecomers {
  connect(engine: Engine): void;
  answerFunctions(calls: ServiceCalls): void;
}

/** Everything that lives in `cloud.sqlite`. The parts call each other, so some hear of others late. */
function createMessaging({ database, records, place }: Foundation, options: OpenOptions): Messaging & Latecomers {
  const outbox = new Outbox(database);
  const sqs = new SqsService(database, place, readTurbulence(process.env["A2A_CHAOS"]));
  let engine: Engine | undefined;
  let services: ServiceCalls | undefined;
  const delivery: TargetDelivery = new TargetDelivery({
    sqs,
    outbox,
    lambda: () => lambda,
    startExecution: async (stateMachineArn, name, input) => {
      if (engine === undefined) throw new Error("the Step Functions engine is not open yet");
      await engine.call("StartExecution", { stateMachineArn, name, input });
    },
    forward: (busArn, payload) => publishReport(buses, busArn, payload),
    log: options.log,
    meter: options.meter,
  });
  const sendToDestination = async (arn: string, body: string): Promise<void> => {
    delivery.deliver({ arn }, body);
    await database.committed();
  };
  const lambda: LambdaService = new LambdaService({
    outbox,
    workers: options.lambdaWorkers,
    services: (target, body) => {
      if (services === undefined) throw new Error(`no service is open yet for ${target}`);
      return services(target, body);
    },
    meter: options.meter,
    allowsOpenSandboxes: options.allowsOpenSandboxes,
    sendToDestination,
  });
  const buses = new EventBuses(delivery, place);
  const customResources = new CustomResources({ place, records, lambda: () => lambda });
  const scheduler = new Scheduler(records);
  const secrets = new SecretStore(records, place);
  const connect = (opened: Engine): void => void (engine = opened);
  const answerFunctions = (calls: ServiceCalls): void => void (services = calls);
  return { answerFunctions, outbox, sqs, lambda, buses, delivery, scheduler, secrets, customResources, sendToDestination, connect };
}

async function openEngine(
  { place, database }: Foundation,
  messaging: ReturnType<typeof createMessaging>,
  { deployed, syncs, meter }: { readonly deployed: Promise<void> } & Pick<OpenOptions, "syncs" | "meter">,
): Promise<Engine> {
  const targets = { database, deployed, meter, ...messaging };
  const engine = await createEngine({
    databasePath: join(place.stateDir, "stepfunctions.sqlite"),
    syncs,
    region: place.region,
    accountId: place.accountId,
    clock: systemClock,
    random: Math.random,
    integrations: createIntegrations(targets),
    onTransition: () => meter?.add("state_transitions"),
    onStatusChange: (event) => publishStatusChange(targets, event),
  });
  messaging.connect(engine);
  return engine;
}

function activate({ outbox, scheduler, eventSources, streams }: CloudServices, announce: () => void): void {
  announce();
  outbox.resume();
  scheduler.start();
  for (const source of eventSources) source.start();
  streams.readersAreKnown();
}

function stopSources({ outbox, scheduler, eventSources }: CloudServices): void {
  for (const source of eventSources) source.stop();
  scheduler.stop();
  outbox.stop();
}
