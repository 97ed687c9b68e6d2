import type { Stack } from "../cloudformation/assembly.ts";
import { TemplateError } from "../cloudformation/intrinsics.ts";
import { type JsonObject, scalarText } from "../json.ts";
import { policyRules, roleRules } from "./access-rules.ts";
import { gatewayRules } from "./api-rules.ts";
import { archiveRules, busRules, eventRuleRules, scheduleRules } from "./event-rules.ts";
import { functionRules, permissionRules } from "./function-rules.ts";
import { aliasRules, machineRules } from "./machine-rules.ts";
import { mappingRules } from "./mapping-rules.ts";
import { alarmRules, logRules, topicRules } from "./monitoring-rules.ts";
import { queuePolicyRules, queueRules } from "./queue-rules.ts";
import { isReference, ResourceView, type Surroundings } from "./resource-view.ts";
import type { Fault, ServiceRule } from "./service-rule.ts";
import { bucketRules, tableRules } from "./table-rules.ts";
import { templateFaults } from "./template-rules.ts";

/** What services of AWS document that they refuse, as far as templates can tell. */
export const SERVICE_RULES: readonly ServiceRule[] = [
  ...functionRules,
  ...permissionRules,
  ...mappingRules,
  ...queueRules,
  ...queuePolicyRules,
  ...tableRules,
  ...bucketRules,
  ...eventRuleRules,
  ...busRules,
  ...archiveRules,
  ...scheduleRules,
  ...machineRules,
  ...aliasRules,
  ...gatewayRules,
  ...roleRules,
  ...policyRules,
  ...alarmRules,
  ...logRules,
  ...topicRules,
];

/** What AWS would refuse in these stacks, in the order of the stacks. */
export function faultsOf(stacks: readonly Stack[]): readonly Fault[] {
  const byType = Map.groupBy(SERVICE_RULES, ({ type }) => type);
  const broken = viewsOf(stacks).flatMap((resource) =>
    (byType.get(resource.type) ?? [])
      .filter((rule) => rule.isBroken(resource))
      .map(({ id, says, source }) => ({
        place: `${resource.stack}/${resource.id}`,
        rule: id,
        says: `${says} (https://docs.aws.amazon.com/${source})`,
      })),
  );
  return [...stacks.flatMap(templateFaults), ...broken];
}

/** @throws {TemplateError} AWS would refuse them; names every rule that is broken, and where. */
export function checkStacks(stacks: readonly Stack[]): void {
  const faults = faultsOf(stacks);
  if (faults.length === 0) return;
  const lines = faults.map(({ place, rule, says }) => `${place}: ${rule}: ${says}`);
  throw new TemplateError(`AWS would refuse these templates:\n${lines.join("\n")}`);
}

function viewsOf(stacks: readonly Stack[]): readonly ResourceView[] {
  const views = new Map<string, ResourceView>();
  const surroundings: Surroundings = {
    follow: (stack, reference) => follow(stacks, views, { stack, reference }),
    ofType: (type) => [...views.values()].filter((view) => view.type === type),
  };
  for (const { name: stack, template } of stacks) {
    for (const [id, resource] of Object.entries(template.Resources))
      views.set(`${stack}/${id}`, new ResourceView({ stack, id }, resource, surroundings));
  }
  return [...views.values()];
}

/** Follows `Ref`, `Fn::GetAtt` and what another stack exports of those. */
function follow(
  stacks: readonly Stack[],
  views: ReadonlyMap<string, ResourceView>,
  { stack, reference }: { readonly stack: string; readonly reference: JsonObject },
): ResourceView | undefined {
  const { Ref: ref, "Fn::GetAtt": attribute, "Fn::ImportValue": name } = reference;
  if (name !== undefined) {
    const from = stacks.flatMap(({ name: exporter, template }) =>
      Object.values(template.Outputs).map(({ Export, Value }) => ({ exporter, exported: Export?.Name, value: Value })),
    );
    const found = from.find(({ exported }) => exported === name);
    if (found === undefined || !isReference(found.value)) return undefined;
    return follow(stacks, views, { stack: found.exporter, reference: found.value });
  }
  const id = ref ?? (Array.isArray(attribute) ? attribute[0] : scalarText(attribute)?.split(".")[0]);
  return views.get(`${stack}/${scalarText(id) ?? ""}`);
}
