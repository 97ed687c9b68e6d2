import { describe, expect, it } from "vitest";
import { checkDefinition } from "../../../../infra/local/stepfunctions/definition.ts";
import { LAMBDA, single } from "./harness.ts";

const check = (definition: object) =>
  checkDefinition(JSON.stringify(definition)).diagnostics.map(({ message, location }) => `${location}: ${message}`);
const task = (fields: object) => single({ Type: "Task", Resource: LAMBDA, ...fields }, "T");
const end = { Type: "Pass", End: true };

describe("a definition", () => {
  it.each<[string, object, string]>([
    ["no StartAt", { States: { A: end } }, "/StartAt: Invalid input: expected string, received undefined"],
    ["an unknown StartAt", { StartAt: "X", States: { A: end } }, "/StartAt: Missing 'StartAt' target: X"],
    [
      "an unknown Next",
      { StartAt: "A", States: { A: { Type: "Pass", Next: "X" } } },
      "/States/A/Next: Missing 'Next' target: X",
    ],
    [
      "an unknown Default",
      {
        StartAt: "A",
        States: { A: { Type: "Choice", Choices: [{ Variable: "$", IsNull: true, Next: "B" }], Default: "X" }, B: end },
      },
      "/States/A/Default: Missing 'Default' target: X",
    ],
    [
      "an unknown Catch target",
      task({ Catch: [{ ErrorEquals: ["E"], Next: "X" }] }),
      "/States/T/Catch[0]/Next: Missing 'Next' target: X",
    ],
    ["an unreachable state", { StartAt: "A", States: { A: end, B: end } }, '/States/B: State "B" is not reachable.'],
    [
      "no way out",
      { StartAt: "A", States: { A: { Type: "Pass", Next: "A" } } },
      "/States: no terminal state is reachable",
    ],
    [
      "neither Next nor End",
      { StartAt: "A", States: { A: { Type: "Pass" } } },
      "/States/A/Next: exactly one of 'Next' and 'End' is required",
    ],
    ["an unknown field", single({ Type: "Pass", Resutl: 1 }, "A"), "/States/A: unsupported field 'Resutl'"],
    [
      "JSONata at the top",
      { ...single(end, "A"), QueryLanguage: "JSONata" },
      "/QueryLanguage: JSONata is not supported by this engine: use JSONPath",
    ],
    [
      "JSONata in a state",
      single({ Type: "Pass", QueryLanguage: "JSONata" }, "A"),
      "/States/A/QueryLanguage: JSONata is not supported by this engine: use JSONPath",
    ],
    [
      "Assign, which would be ignored",
      single({ Type: "Pass", Assign: { x: 1 } }, "A"),
      "/States/A: unsupported field 'Assign'",
    ],
    [
      "a resource nobody serves",
      task({ Resource: "arn:aws:states:::dynamodb:putItem" }),
      "/States/T/Resource: the resource 'arn:aws:states:::dynamodb:putItem' is not supported",
    ],
    [
      "a bad path",
      single({ Type: "Pass", InputPath: "$.a[" }, "A"),
      "/States/A/InputPath: a name, an index, '*' or a filter is expected at character 5 of '$.a['",
    ],
    [
      "a ResultPath that is no reference",
      single({ Type: "Pass", ResultPath: "$.a[*]" }, "A"),
      "/States/A/ResultPath: '$.a[*]' is not a reference path: it must name one place of the input",
    ],
    [
      "a bad template",
      task({ Parameters: { deep: [{ "x.$": "States.Nope($)" }] } }),
      "/States/T/Parameters/deep[0]/x.$: unknown function States.Nope",
    ],
    [
      "an empty retry list of names",
      task({ Retry: [{ ErrorEquals: [] }] }),
      "/States/T/Retry[0]/ErrorEquals: Too small: expected array to have >=1 items",
    ],
    [
      "States.ALL that is not last",
      task({ Retry: [{ ErrorEquals: ["States.ALL"] }, { ErrorEquals: ["E"] }] }),
      "/States/T/Retry: States.ALL must be in the last retrier",
    ],
    [
      "States.ALL in company",
      task({ Retry: [{ ErrorEquals: ["States.ALL", "E"] }] }),
      "/States/T/Retry[0]/ErrorEquals: States.ALL must stand alone",
    ],
    [
      "a heartbeat longer than the timeout",
      task({ TimeoutSeconds: 5, HeartbeatSeconds: 5 }),
      "/States/T/HeartbeatSeconds: 'HeartbeatSeconds' must be smaller than 'TimeoutSeconds'",
    ],
    [
      "two kinds of wait",
      single({ Type: "Wait", Seconds: 1, SecondsPath: "$.s" }, "W"),
      "/States/W: exactly one of Seconds, SecondsPath, Timestamp, TimestampPath is required",
    ],
    [
      "a name used twice",
      single({ Type: "Parallel", Branches: [single(end, "A")] }, "A"),
      "/States/A/Branches[0]/States/A: the state name 'A' is used twice",
    ],
    [
      "a mistake in a branch",
      single({ Type: "Map", ItemProcessor: { StartAt: "B", States: { B: { Type: "Pass", Next: "X" } } } }, "A"),
      "/States/A/ItemProcessor/States/B/Next: Missing 'Next' target: X",
    ],
    [
      "a rule with two comparisons",
      {
        StartAt: "A",
        States: {
          A: { Type: "Choice", Choices: [{ And: [{ Variable: "$", IsNull: true, IsString: true }], Next: "B" }] },
          B: end,
        },
      },
      "/States/A/Choices[0]/And[0]: a rule needs exactly one comparison, found IsNull, IsString",
    ],
    [
      "an operand of the wrong type",
      {
        StartAt: "A",
        States: { A: { Type: "Choice", Choices: [{ Variable: "$", NumericEquals: "1", Next: "B" }] }, B: end },
      },
      "/States/A/Choices[0]/NumericEquals: the operand of NumericEquals has the wrong type",
    ],
  ])("with %s is refused", (_, definition, problem) => {
    expect(check(definition)).toEqual([problem]);
  });

  it("lists every mistake at once", () => {
    expect(check({ StartAt: "A", States: { A: { Type: "Pass" }, B: { Type: "Pass" } } })).toHaveLength(2);
  });

  it.each([
    ["{", "INVALID_JSON_DESCRIPTION"],
    [`{"Comment":"${"x".repeat(1_048_576)}"}`, "DEFINITION_TOO_LARGE"],
  ])("that is no definition at all is refused", (text, code) => {
    expect(checkDefinition(text).diagnostics).toMatchObject([{ code }]);
  });
});
