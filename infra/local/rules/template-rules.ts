import type { Stack } from "../cloudformation/assembly.ts";
import type { Fault } from "./service-rule.ts";

const SOURCE = "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html";
const MAX_BYTES = 1_048_576;
const MAX = { Resources: 500, Outputs: 200, Parameters: 200, Mappings: 200 } as const;

/** What CloudFormation refuses in a template as a whole. */
export function templateFaults({ name: place, template }: Stack): readonly Fault[] {
  const says = (rule: string, text: string): Fault => ({
    place,
    rule: `template: ${rule}`,
    says: `${text} (${SOURCE})`,
  });
  const sections = (["Resources", "Outputs", "Parameters", "Mappings"] as const)
    .filter((section) => Object.keys(template[section]).length > MAX[section])
    .map((section) => says(`few enough ${section}`, `a template has ${MAX[section]} ${section} at most`));
  const ids = [
    ...Object.keys(template.Resources),
    ...Object.keys(template.Outputs),
    ...Object.keys(template.Parameters),
  ];
  const odd = ids
    .filter((id) => !/^[A-Za-z0-9]{1,255}$/.test(id))
    .map((id) => says("ids well formed", `${id}: an id has letters and digits only`));
  const size = Buffer.byteLength(JSON.stringify(template));
  const large = size > MAX_BYTES ? [says("small enough", `a template has ${MAX_BYTES} bytes at most`)] : [];
  const known = new Set(ids);
  const lost = Object.entries(template.Resources).flatMap(([id, { DependsOn }]) =>
    [DependsOn]
      .flat()
      .filter((other) => !known.has(other))
      .map((other) => says("dependencies exist", `${id} depends on ${other}, which is not there`)),
  );
  return [...sections, ...odd, ...large, ...lost];
}
