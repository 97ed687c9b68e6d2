declare module "asl-validator" {
  /** Checks a parsed machine against the published schema and its transition rules. The package ships no types. */
  export default function validate(definition: unknown): {
    readonly isValid: boolean;
    readonly errors: readonly { readonly "Error code": string; readonly Message: string }[];
  };
}
