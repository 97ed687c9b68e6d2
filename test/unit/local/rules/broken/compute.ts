import { attribute, type Broken, each, many, set, text } from "./change.ts";

export const FUNCTIONS: readonly Broken[] = [
  ...each("function: Timeout in range", set("Worker.Timeout", 0, 901)),
  ...each("function: MemorySize in range", set("Worker.MemorySize", 127, 10_241)),
  ...each("function: EphemeralStorage.Size in range", set("Worker.EphemeralStorage", { Size: 511 }, { Size: 10_241 })),
  ...each("function: ReservedConcurrentExecutions in range", set("Worker.ReservedConcurrentExecutions", -1)),
  ...each("function: FunctionName well formed", set("Worker.FunctionName", "two words", text(65))),
  ...each("function: Handler well formed", set("Worker.Handler", "index handler", text(129))),
  ...each("function: Description short enough", set("Worker.Description", text(257))),
  ...each("function: Runtime known", set("Worker.Runtime", "nodejs12.x", "nodejs24")),
  ...each("function: TracingConfig.Mode known", set("Worker.TracingConfig", { Mode: "On" })),
  ...each("function: PackageType known", set("Worker.PackageType", "Tar")),
  ...each("function: LoggingConfig.LogFormat known", set("Worker.LoggingConfig.LogFormat", "Json")),
  ...each("function: Layers few enough", set("Worker.Layers", many(6))),
  ...each("function: Role present", set("Worker.Role", undefined)),
  ...each("function: Code present", set("Worker.Code", undefined)),
  ...each("function: one architecture", set("Worker.Architectures", ["arm64", "x86_64"], ["arm"])),
  ...each("function: environment small enough", set("Worker.Environment.Variables", { LARGE: text(4092) })),
  ...each("function: no reserved variable", set("Worker.Environment.Variables", { AWS_REGION: "eu-central-1" })),
  ...each(
    "function: variables well named",
    set("Worker.Environment.Variables", { "A-B": "x" }, { "1A": "x" }, { A: "x" }),
  ),
  ...each("function: role can be assumed", set("Worker.Role", attribute("MachineRole"))),
  ...each("function: log levels need JSON", set("Worker.LoggingConfig", { LogFormat: "Text", SystemLogLevel: "INFO" })),
  ...each("permission: Action well formed", set("Permission.Action", "sqs:SendMessage")),
  ...each("permission: Principal present", set("Permission.Principal", undefined)),
  ...each("permission: FunctionName present", set("Permission.FunctionName", undefined)),
  ...each("permission: SourceAccount well formed", set("Permission.SourceAccount", "12345")),
];

export const MAPPINGS: readonly Broken[] = [
  ["mapping: BatchSize in range", { "StreamMapping.BatchSize": 10_001 }],
  ["mapping: BatchSize in range", { "Mapping.BatchSize": 0 }],
  ...each("mapping: MaximumBatchingWindowInSeconds in range", set("Mapping.MaximumBatchingWindowInSeconds", 301, -1)),
  ...each(
    "mapping: ScalingConfig.MaximumConcurrency in range",
    set("Mapping.ScalingConfig.MaximumConcurrency", 1, 1001),
  ),
  ...each("mapping: ParallelizationFactor in range", set("StreamMapping.ParallelizationFactor", 0, 11)),
  ...each("mapping: MaximumRetryAttempts in range", set("StreamMapping.MaximumRetryAttempts", -2, 10_001)),
  ...each("mapping: TumblingWindowInSeconds in range", set("StreamMapping.TumblingWindowInSeconds", 901)),
  ...each("mapping: StartingPosition known", set("StreamMapping.StartingPosition", "EARLIEST")),
  ...each(
    "mapping: FilterCriteria.Filters few enough",
    set("Mapping.FilterCriteria", { Filters: many(6).map(() => ({ Pattern: "{}" })) }),
  ),
  ...each("mapping: FunctionName present", set("Mapping.FunctionName", undefined)),
  ...each("mapping: record age known", set("StreamMapping.MaximumRecordAgeInSeconds", 59, 604_801, 0)),
  ...each("mapping: large batches wait", set("Mapping.BatchSize", 11, 100)),
  ...each("mapping: FIFO batches are small", set("FifoMapping.BatchSize", 11)),
  ...each("mapping: FIFO batches do not wait", set("FifoMapping.MaximumBatchingWindowInSeconds", 1)),
  ...each("mapping: queue hides long enough", [
    { "Queue.VisibilityTimeout": 29 },
    { "Queue.VisibilityTimeout": undefined, "Worker.Timeout": 31 },
  ]),
  ...each("mapping: reserve covers the mappings", set("Worker.ReservedConcurrentExecutions", 49)),
  ...each("mapping: stream has a start", set("StreamMapping.StartingPosition", undefined)),
  ...each("mapping: queue has no start", set("Mapping.StartingPosition", "LATEST")),
  ["mapping: queue has nothing of streams", { "Mapping.BisectBatchOnFunctionError": true }],
  [
    "mapping: queue has nothing of streams",
    { "Mapping.DestinationConfig": { OnFailure: { Destination: attribute("Dead") } } },
  ],
  ...each("mapping: stream does not scale by messages", set("StreamMapping.ScalingConfig", { MaximumConcurrency: 5 })),
  ...each("mapping: table has a stream", set("Table.StreamSpecification", undefined)),
  ...each("mapping: response types known", set("Mapping.FunctionResponseTypes", ["ReportFailures"])),
  ...each(
    "mapping: filters are patterns",
    set(
      "Mapping.FilterCriteria",
      { Filters: [{ Pattern: "no json" }] },
      { Filters: [{ Pattern: `{"a":["${text(4096)}"]}` }] },
    ),
  ),
];

export const MACHINES: readonly Broken[] = [
  ...each("machine: RoleArn present", set("Machine.RoleArn", undefined)),
  ...each("machine: StateMachineName well formed", set("Machine.StateMachineName", "a b", "a/b", text(81))),
  ...each("machine: StateMachineType known", set("Machine.StateMachineType", "FAST")),
  ...each(
    "machine: LoggingConfiguration.Level known",
    set("Machine.LoggingConfiguration", { Level: "DEBUG", Destinations: ["a"] }),
  ),
  ...each(
    "machine: LoggingConfiguration.Destinations few enough",
    set("Machine.LoggingConfiguration", { Level: "OFF", Destinations: ["a", "b"] }),
  ),
  ...each("machine: one definition", [
    { "Machine.DefinitionString": undefined },
    { "Machine.Definition": { StartAt: "a", States: { a: {} } } },
  ]),
  ...each("machine: definition is JSON", set("Machine.DefinitionString", '{"StartAt":', "[]")),
  ...each(
    "machine: definition begins somewhere",
    set("Machine.DefinitionString", '{"StartAt":"b","States":{"a":{}}}', '{"States":{"a":{}}}'),
  ),
  ...each(
    "machine: definition small enough",
    set("Machine.DefinitionString", `{"Comment":"${text(1_048_577)}","StartAt":"a","States":{"a":{}}}`),
  ),
  ...each("machine: logging has a place", set("Machine.LoggingConfiguration", { Level: "ERROR" })),
  ...each("machine: role can be assumed", set("Machine.RoleArn", attribute("Role"))),
  ...each("machine alias: Name well formed", set("Alias.Name", "123", "a b", text(81))),
  ...each(
    "machine alias: RoutingConfiguration few enough",
    set("Alias.RoutingConfiguration", [{ Weight: 50 }, { Weight: 25 }, { Weight: 25 }]),
  ),
  ...each(
    "machine alias: weights sum up",
    set("Alias.RoutingConfiguration", [{ Weight: 99 }], [{ Weight: 101 }, { Weight: -1 }]),
  ),
];
