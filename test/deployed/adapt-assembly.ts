import { createHash } from "node:crypto";
import { cpSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import * as z from "zod";

const Statement = z.looseObject({
  Action: z.union([z.string(), z.array(z.string())]).transform((actions) => [actions].flat()),
});
const PolicyDocument = z.looseObject({ Statement: z.array(Statement) });
const Resource = z.looseObject({ Type: z.string(), Properties: z.record(z.string(), z.json()).optional() });
const Template = z.looseObject({ Resources: z.record(z.string(), Resource) });
const Assets = z.object({ files: z.record(z.string(), z.object({ source: z.object({ path: z.string() }) })) });
type Template = z.output<typeof Template>;

/** What an emulator lacks of what the templates need. */
export interface Lacks {
  /** Resource types that its CloudFormation does not know, although its services do. */
  readonly types: ReadonlySet<string>;
  /** Actions on machines whose requests do not name the machine, and its IAM does not find out which it is. */
  readonly blindActions: readonly string[];
}

const templatesOf = (folder: string): string[] => readdirSync(folder).filter((file) => file.endsWith(".template.json"));
const readTemplate = (folder: string, file: string): Template =>
  Template.parse(JSON.parse(readFileSync(path.join(folder, file), "utf8")));

/** Every resource type of a cloud assembly. */
export function resourceTypes(assembly: string): readonly string[] {
  const all = templatesOf(assembly).flatMap((file) =>
    Object.values(readTemplate(assembly, file).Resources).map(({ Type }) => Type),
  );
  return [...new Set(all)].sort();
}

/** Copies a cloud assembly with as little changed as lets it deploy where something is lacking. */
export function adaptAssembly(from: string, to: string, lacks: Lacks): void {
  rmSync(to, { recursive: true, force: true });
  cpSync(from, to, { recursive: true });
  for (const file of templatesOf(to)) {
    const template = readTemplate(to, file);
    const changed = [makeOtherwise(template, lacks.types), widen(template, lacks.blindActions)];
    if (changed.includes(true)) replaceTemplate(to, file, JSON.stringify(template));
  }
}

/** Turns resources of unknown types into custom ones, which a function makes over the services' own APIs. */
function makeOtherwise(template: Template, types: ReadonlySet<string>): boolean {
  const lacking = Object.values(template.Resources).filter(({ Type }) => types.has(Type));
  for (const resource of lacking) {
    resource.Properties = {
      ServiceToken: { "Fn::GetAtt": ["ResourceMaker", "Arn"] },
      MakeType: resource.Type,
      ...resource.Properties,
    };
    resource.Type = `Custom::${resource.Type.replaceAll("::", "-")}`;
  }
  if (lacking.length > 0) Object.assign(template.Resources, RESOURCE_MAKER);
  return lacking.length > 0;
}

/** Lets whoever may do one of these to our machines do it to all. */
function widen(template: Template, blind: readonly string[]): boolean {
  let found = false;
  for (const { Type, Properties } of Object.values(template.Resources)) {
    if (Type !== "AWS::IAM::Policy" || Properties === undefined) continue;
    const document = PolicyDocument.parse(Properties["PolicyDocument"]);
    const Action = document.Statement.flatMap((statement) => statement.Action).filter((action) =>
      blind.includes(action),
    );
    if (Action.length === 0) continue;
    found = true;
    Properties["PolicyDocument"] = z
      .json()
      .parse({ ...document, Statement: [...document.Statement, { Effect: "Allow", Action, Resource: "*" }] });
  }
  return found;
}

/** A template is published under its hash, which other files of the assembly name. */
function replaceTemplate(folder: string, file: string, content: string): void {
  const assets = file.replace(".template.json", ".assets.json");
  const { files } = Assets.parse(JSON.parse(readFileSync(path.join(folder, assets), "utf8")));
  const old = Object.entries(files).find(([, { source }]) => source.path === file)?.[0];
  if (old === undefined) throw new Error(`${assets} does not name ${file}`);
  writeFileSync(path.join(folder, file), content);
  const hash = createHash("sha256").update(content).digest("hex");
  for (const name of [assets, "manifest.json"].map((known) => path.join(folder, known))) {
    writeFileSync(name, readFileSync(name, "utf8").replaceAll(old, hash));
  }
}

const MAKER_CODE = readFileSync(new URL("resource-maker.cjs", import.meta.url), "utf8");
const RESOURCE_MAKER = {
  ResourceMakerRole: {
    Type: "AWS::IAM::Role",
    Properties: {
      AssumeRolePolicyDocument: {
        Version: "2012-10-17",
        Statement: [{ Effect: "Allow", Action: "sts:AssumeRole", Principal: { Service: "lambda.amazonaws.com" } }],
      },
      Policies: [
        {
          PolicyName: "make",
          PolicyDocument: {
            Version: "2012-10-17",
            Statement: [{ Effect: "Allow", Action: ["states:*", "events:*"], Resource: "*" }],
          },
        },
      ],
    },
  },
  ResourceMaker: {
    Type: "AWS::Lambda::Function",
    Properties: {
      Runtime: "nodejs24.x",
      Handler: "index.handler",
      Timeout: 30,
      Role: { "Fn::GetAtt": ["ResourceMakerRole", "Arn"] },
      Code: { ZipFile: MAKER_CODE },
    },
  },
};
