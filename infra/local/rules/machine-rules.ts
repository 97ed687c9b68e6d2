import { isJsonObject, type JsonObject, scalarText, tryParseJson } from "../json.ts";
import { type ResourceView, textWithGaps } from "./resource-view.ts";
import { PropertyRules, type ServiceRule } from "./service-rule.ts";
import { trusts } from "./access-rules.ts";

const machines = new PropertyRules(
  "machine",
  "AWS::StepFunctions::StateMachine",
  "step-functions/latest/apireference/API_CreateStateMachine.html",
);
const MAX_DEFINITION = 1_048_576;
const DEFINITIONS = ["Definition", "DefinitionString", "DefinitionS3Location"];

const definitionText = (machine: ResourceView): string | undefined =>
  textWithGaps(machine.properties["DefinitionString"]);

function definition(machine: ResourceView): JsonObject | undefined {
  const given = machine.at("Definition");
  if (isJsonObject(given)) return given;
  const text = definitionText(machine);
  const parsed = text === undefined ? undefined : tryParseJson(text);
  return isJsonObject(parsed) ? parsed : undefined;
}

const isTraced = (machine: ResourceView): boolean =>
  !["", "OFF"].includes(machine.text("LoggingConfiguration.Level") ?? "");

/** What Step Functions refuses in a state machine; its definition itself is read when the machine is made. */
export const machineRules: readonly ServiceRule[] = [
  machines.required("RoleArn"),
  machines.shape(
    "StateMachineName",
    /^[^\s<>{}[\]?*"#%\\^|~`$&,;:/]{1,80}$/,
    "80 characters at most, without space, brackets, wildcards and marks",
  ),
  machines.oneOf("StateMachineType", ["STANDARD", "EXPRESS"]),
  machines.oneOf("LoggingConfiguration.Level", ["ALL", "ERROR", "FATAL", "OFF"]),
  machines.most("LoggingConfiguration.Destinations", 1),
  machines.rule(
    "one definition",
    `a machine has one of ${DEFINITIONS.join(", ")}`,
    (machine) => DEFINITIONS.filter((name) => machine.has(name)).length !== 1,
  ),
  machines.rule(
    "definition is JSON",
    "DefinitionString is a JSON object",
    (machine) => definitionText(machine) !== undefined && definition(machine) === undefined,
  ),
  machines.rule("definition begins somewhere", "a definition has StartAt, and a state of that name", (machine) => {
    const given = definition(machine);
    if (given === undefined) return false;
    const [start, states] = [scalarText(given["StartAt"]), given["States"]];
    return start === undefined || !isJsonObject(states) || !(start in states);
  }),
  machines.rule(
    "definition small enough",
    `a definition has ${MAX_DEFINITION} characters at most`,
    (machine) => (definitionText(machine)?.length ?? 0) > MAX_DEFINITION,
  ),
  machines.rule(
    "logging has a place",
    "a log level other than OFF needs a destination",
    (machine) => isTraced(machine) && machine.list("LoggingConfiguration.Destinations").length === 0,
  ),
  machines.rule("role can be assumed", "the role trusts states.amazonaws.com", (machine) => {
    const role = machine.target("RoleArn");
    return role?.type === "AWS::IAM::Role" && !trusts(role, "states.amazonaws.com");
  }),
];

const aliases = new PropertyRules(
  "machine alias",
  "AWS::StepFunctions::StateMachineAlias",
  "step-functions/latest/apireference/API_CreateStateMachineAlias.html",
);
const weights = (alias: ResourceView): number[] =>
  alias.objects("RoutingConfiguration").map(({ Weight }) => Number(Weight));

/** What Step Functions refuses in an alias. */
export const aliasRules: readonly ServiceRule[] = [
  aliases.shape("Name", /^(?=.*[a-zA-Z_.-])[\w.-]{1,80}$/, "letters, digits, _, . and -, not only digits, 80 at most"),
  aliases.most("RoutingConfiguration", 2),
  aliases.rule("weights sum up", "weights are 0 to 100, and 100 together", (alias) => {
    const each = weights(alias);
    return (
      each.length > 0 &&
      (each.some((weight) => !(weight >= 0)) || each.reduce((sum, weight) => sum + weight, 0) !== 100)
    );
  }),
];
