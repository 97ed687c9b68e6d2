import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import * as z from "zod";
import { Template } from "./template.ts";

const Manifest = z.object({
  artifacts: z.record(
    z.string(),
    z.object({
      type: z.string(),
      displayName: z.string().optional(),
      properties: z.looseObject({ templateFile: z.string().optional(), stackName: z.string().optional() }).default({}),
      dependencies: z.array(z.string()).default([]),
    }),
  ),
});

const AssetManifest = z.object({
  files: z
    .record(
      z.string(),
      z.object({
        source: z.object({ path: z.string().optional(), packaging: z.string().default("file") }),
        destinations: z.record(z.string(), z.object({ objectKey: z.string() })),
      }),
    )
    .default({}),
});

/** A stack of the assembly, ready to deploy. */
export interface Stack {
  readonly name: string;
  readonly template: Template;
  /** Path of the file or unpacked folder behind each object key of the assets bucket. */
  readonly assets: ReadonlyMap<string, string>;
}

/**
 * Reads a CDK cloud assembly.
 *
 * @returns its stacks, each after those it depends on.
 * @throws {z.ZodError} a file of the assembly has a shape the CDK does not write.
 */
export function readAssembly(directory: string): readonly Stack[] {
  const { artifacts } = Manifest.parse(readJson(join(directory, "manifest.json")));
  const ordered: string[] = [];
  const visit = (id: string): void => {
    const artifact = artifacts[id];
    if (artifact?.type !== "aws:cloudformation:stack" || ordered.includes(id)) return;
    for (const dependency of artifact.dependencies) visit(dependency);
    ordered.push(id);
  };
  for (const id of Object.keys(artifacts)) visit(id);
  return ordered.map((id) => {
    const properties = artifacts[id]?.properties ?? {};
    return {
      name: properties.stackName ?? id,
      template: Template.parse(readJson(join(directory, properties.templateFile ?? `${id}.template.json`))),
      assets: readAssets(directory, join(directory, `${id}.assets.json`)),
    };
  });
}

function readAssets(directory: string, path: string): ReadonlyMap<string, string> {
  const assets = new Map<string, string>();
  if (!existsSync(path)) return assets;
  for (const { source, destinations } of Object.values(AssetManifest.parse(readJson(path)).files)) {
    if (source.path === undefined) continue;
    for (const { objectKey } of Object.values(destinations)) assets.set(objectKey, resolve(directory, source.path));
  }
  return assets;
}

const readJson = (path: string): unknown => JSON.parse(readFileSync(path, "utf8"));
