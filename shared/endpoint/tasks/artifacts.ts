import type { Made } from "../../execution/run/outputs-so-far.ts";
import { partsOf } from "../output-parts.ts";
import type { WireArtifact } from "../wire/replies.ts";
import type { WirePart } from "../wire/wire.ts";

/** What an execution made, as an artifact. */
export const artifactOf = (made: Made): WireArtifact => ({ artifactId: made.name, name: made.name, parts: showParts(made) });

const showParts = (made: Made): readonly WirePart[] =>
  "url" in made
    ? [{ url: made.url, filename: `${made.name}.json`, mediaType: "application/json" }]
    : partsOf(made.value);
