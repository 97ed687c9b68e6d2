import { isJsonObject, scalarText } from "../json.ts";
import { type ResourceView, textWithGaps } from "./resource-view.ts";
import { PropertyRules, type ServiceRule } from "./service-rule.ts";
import { trusts } from "./access-rules.ts";

const functions = new PropertyRules("function", "AWS::Lambda::Function", "lambda/latest/api/API_CreateFunction.html");

const RUNTIMES = [
  "nodejs20.x", "nodejs22.x", "nodejs24.x",
  "python3.10", "python3.11", "python3.12", "python3.13", "python3.14",
  "java8.al2", "java11", "java17", "java21", "java25",
  "dotnet8", "dotnet10", "ruby3.2", "ruby3.3", "ruby3.4", "provided.al2", "provided.al2023",
];
/** Lambda sets these itself. */
const RESERVED_VARIABLES = new Set([
  "_HANDLER", "_X_AMZN_TRACE_ID", "AWS_DEFAULT_REGION", "AWS_REGION", "AWS_EXECUTION_ENV",
  "AWS_LAMBDA_FUNCTION_NAME", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "AWS_LAMBDA_FUNCTION_VERSION",
  "AWS_LAMBDA_INITIALIZATION_TYPE", "AWS_LAMBDA_LOG_GROUP_NAME", "AWS_LAMBDA_LOG_STREAM_NAME",
  "AWS_ACCESS_KEY", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN",
  "AWS_LAMBDA_RUNTIME_API", "LAMBDA_TASK_ROOT", "LAMBDA_RUNTIME_DIR",
]);
const MAX_ENVIRONMENT_BYTES = 4096;

const variables = (resource: ResourceView) => {
  const value = resource.at("Environment.Variables");
  return isJsonObject(value) ? Object.entries(value) : [];
};
const sizeOf = (resource: ResourceView): number =>
  variables(resource).reduce((sum, [name, value]) => sum + Buffer.byteLength(name + (textWithGaps(value) ?? "")), 0);
const names = (resource: ResourceView): string[] => variables(resource).map(([name]) => name);

/** What Lambda refuses in a function. */
export const functionRules: readonly ServiceRule[] = [
  functions.range("Timeout", 1, 900),
  functions.range("MemorySize", 128, 10_240),
  functions.range("EphemeralStorage.Size", 512, 10_240),
  functions.range("ReservedConcurrentExecutions", 0, Infinity),
  functions.shape("FunctionName", /^[a-zA-Z0-9-_]{1,64}$/, "letters, digits, - and _, 64 at most"),
  functions.shape("Handler", /^\S{1,128}$/, "128 characters without space at most"),
  functions.length("Description", 256),
  functions.oneOf("Runtime", RUNTIMES),
  functions.oneOf("TracingConfig.Mode", ["Active", "PassThrough"]),
  functions.oneOf("PackageType", ["Zip", "Image"]),
  functions.oneOf("LoggingConfig.LogFormat", ["JSON", "Text"]),
  functions.most("Layers", 5),
  functions.required("Role"),
  functions.required("Code"),
  functions.rule("one architecture", "Architectures is one of [x86_64], [arm64]", (resource) => {
    const list = resource.list("Architectures").map(scalarText);
    return list.length > 1 || list.some((each) => each !== "x86_64" && each !== "arm64");
  }),
  functions.rule(
    "environment small enough",
    `names and values of variables are ${MAX_ENVIRONMENT_BYTES} bytes at most`,
    (resource) => sizeOf(resource) > MAX_ENVIRONMENT_BYTES,
  ),
  functions.rule("no reserved variable", "a variable has a name that Lambda does not use itself", (resource) =>
    names(resource).some((name) => RESERVED_VARIABLES.has(name)),
  ),
  functions.rule("variables well named", "a variable begins with a letter, then letters, digits and _", (resource) =>
    names(resource).some((name) => !/^[a-zA-Z][a-zA-Z0-9_]+$/.test(name)),
  ),
  functions.rule("role can be assumed", "the role trusts lambda.amazonaws.com", (resource) => {
    const role = resource.target("Role");
    return role?.type === "AWS::IAM::Role" && !trusts(role, "lambda.amazonaws.com");
  }),
  functions.rule("log levels need JSON", "ApplicationLogLevel and SystemLogLevel need LogFormat JSON", (resource) => {
    const hasLevel = resource.has("LoggingConfig.ApplicationLogLevel") || resource.has("LoggingConfig.SystemLogLevel");
    return hasLevel && resource.text("LoggingConfig.LogFormat") !== "JSON";
  }),
];

const permissions = new PropertyRules(
  "permission",
  "AWS::Lambda::Permission",
  "lambda/latest/api/API_AddPermission.html",
);

/** What Lambda refuses in a statement of a function's policy. */
export const permissionRules: readonly ServiceRule[] = [
  permissions.shape("Action", /^(lambda:[*]|lambda:[a-zA-Z]+|[*])$/, "an action of Lambda"),
  permissions.required("Principal"),
  permissions.required("FunctionName"),
  permissions.shape("SourceAccount", /^\d{12}$/, "an account of twelve digits"),
];
