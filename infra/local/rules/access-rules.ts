import { isJsonObject, type Json, type JsonObject, scalarText } from "../json.ts";
import { type ResourceView, textWithGaps } from "./resource-view.ts";
import { PropertyRules, type ServiceRule } from "./service-rule.ts";

const QUOTAS = "IAM/latest/UserGuide/reference_iam-quotas.html";
const roles = new PropertyRules("role", "AWS::IAM::Role", QUOTAS);
const policies = new PropertyRules("policy", "AWS::IAM::Policy", QUOTAS);

const MAX_INLINE = 10_240;
const MAX_TRUST = 2048;
const VERSIONS = ["2012-10-17", "2008-10-17"];

const listOf = (value: Json | undefined): readonly Json[] =>
  Array.isArray(value) ? value : value === undefined ? [] : [value];
const statementsOf = (policy: Json | undefined): readonly JsonObject[] =>
  isJsonObject(policy) ? listOf(policy["Statement"]).filter(isJsonObject) : [];

/** Characters of a policy as IAM counts them: without white space, addresses as long as they are written here. */
const sizeOf = (policy: Json | undefined): number =>
  policy === undefined
    ? 0
    : JSON.stringify(policy, (_, value: Json) => textWithGaps(value) ?? value).replaceAll(/\s/g, "").length;

/** Whether a role lets a service use it. */
export const trusts = (role: ResourceView, service: string): boolean =>
  statementsOf(role.at("AssumeRolePolicyDocument")).some(
    ({ Principal }) => isJsonObject(Principal) && listOf(Principal["Service"]).includes(service),
  );

const lacksPart = (statement: JsonObject): boolean =>
  !["Allow", "Deny"].includes(scalarText(statement["Effect"]) ?? "") ||
  (statement["Action"] ?? statement["NotAction"]) === undefined;
const lacksResource = ({ Resource, NotResource }: JsonObject): boolean => (Resource ?? NotResource) === undefined;
const isUnclear = (action: Json): boolean => typeof action === "string" && !/^(\*|[a-z0-9-]+:[\w*?]+)$/.test(action);
const isOddSid = ({ Sid }: JsonObject): boolean => typeof Sid === "string" && !/^[A-Za-z0-9]*$/.test(Sid);
const versionOf = (policy: Json | undefined): string | undefined =>
  isJsonObject(policy) ? scalarText(policy["Version"]) : undefined;

const inlineSize = (role: ResourceView): number => {
  const own = role.objects("Policies").map(({ PolicyDocument }) => PolicyDocument);
  const attached = role.namedBy("AWS::IAM::Policy", "Roles").map((policy) => policy.at("PolicyDocument"));
  return [...own, ...attached].reduce((sum: number, policy) => sum + sizeOf(policy), 0);
};

/** What IAM refuses in a role. */
export const roleRules: readonly ServiceRule[] = [
  roles.required("AssumeRolePolicyDocument"),
  roles.shape("RoleName", /^[\w+=,.@-]{1,64}$/, "letters, digits and +=,.@_-, 64 at most"),
  roles.range("MaxSessionDuration", 3600, 43_200),
  roles.length("Description", 1000),
  roles.most("ManagedPolicyArns", 20),
  roles.rule("trust names someone", "each statement of AssumeRolePolicyDocument has a Principal", (role) =>
    statementsOf(role.at("AssumeRolePolicyDocument")).some(({ Principal }) => Principal === undefined),
  ),
  roles.rule("trust names no resource", "AssumeRolePolicyDocument has no Resource", (role) =>
    statementsOf(role.at("AssumeRolePolicyDocument")).some((statement) => !lacksResource(statement)),
  ),
  roles.rule(
    "trust small enough",
    `AssumeRolePolicyDocument has ${MAX_TRUST} characters at most`,
    (role) => sizeOf(role.at("AssumeRolePolicyDocument")) > MAX_TRUST,
  ),
  roles.rule(
    "policies small enough",
    `all inline policies of a role have ${MAX_INLINE} characters at most`,
    (role) => inlineSize(role) > MAX_INLINE,
  ),
];

/** What IAM refuses in a policy of a role. */
export const policyRules: readonly ServiceRule[] = [
  policies.required("PolicyName"),
  policies.shape("PolicyName", /^[\w+=,.@-]{1,128}$/, "letters, digits and +=,.@_-, 128 at most"),
  policies.rule("version known", `Version is one of ${VERSIONS.join(", ")}`, (policy) => {
    const version = versionOf(policy.at("PolicyDocument"));
    return version !== undefined && !VERSIONS.includes(version);
  }),
  policies.rule("statements complete", "a statement has Effect Allow or Deny, and Action", (policy) =>
    statementsOf(policy.at("PolicyDocument")).some(lacksPart),
  ),
  policies.rule("statements name resources", "a statement has Resource", (policy) =>
    statementsOf(policy.at("PolicyDocument")).some(lacksResource),
  ),
  policies.rule("statements name no principal", "a statement of a role's policy has no Principal", (policy) =>
    statementsOf(policy.at("PolicyDocument")).some(({ Principal }) => Principal !== undefined),
  ),
  policies.rule("actions well formed", "an action is service:Name", (policy) =>
    statementsOf(policy.at("PolicyDocument")).some(({ Action }) => listOf(Action).some(isUnclear)),
  ),
  policies.rule("statement ids well formed", "a Sid has letters and digits, and there is one of each", (policy) => {
    const statements = statementsOf(policy.at("PolicyDocument"));
    const ids = statements.flatMap(({ Sid }) => (typeof Sid === "string" ? [Sid] : []));
    return statements.some(isOddSid) || new Set(ids).size < ids.length;
  }),
  policies.rule(
    "attached to someone",
    "a policy has Roles, Users or Groups",
    (policy) => !["Roles", "Users", "Groups"].some((name) => policy.list(name).length > 0),
  ),
];
