/** An attribute that must hold one of `values` for a write to count; without values, one that must not be there. */
export interface Condition {
  readonly name: string;
  readonly values: readonly unknown[];
}

/** Parts of an `Update` write. */
export interface UpdateParts {
  readonly UpdateExpression: string;
  readonly ConditionExpression: string;
  readonly ExpressionAttributeNames: Record<string, string>;
  readonly ExpressionAttributeValues: Record<string, unknown>;
}

/** `SET` for every defined attribute, `REMOVE` for every undefined one, under all conditions. */
export function updateOf(attributes: Readonly<Record<string, unknown>>, conditions: readonly Condition[]): UpdateParts {
  const names: Record<string, string> = {};
  const values: Record<string, unknown> = {};
  const sets: string[] = [];
  const removes: string[] = [];
  for (const [index, [name, value]] of Object.entries(attributes).entries()) {
    names[`#a${index}`] = name;
    if (value === undefined) {
      removes.push(`#a${index}`);
    } else {
      values[`:a${index}`] = value;
      sets.push(`#a${index} = :a${index}`);
    }
  }
  const tests = conditions.map((condition, index) => {
    names[`#c${index}`] = condition.name;
    if (condition.values.length === 0) return `attribute_not_exists(#c${index})`;
    const slots = condition.values.map((value, slot) => {
      values[`:c${index}_${slot}`] = value;
      return `:c${index}_${slot}`;
    });
    return `#c${index} IN (${slots.join(", ")})`;
  });
  const set = sets.length === 0 ? "" : `SET ${sets.join(", ")}`;
  const remove = removes.length === 0 ? "" : ` REMOVE ${removes.join(", ")}`;
  return {
    UpdateExpression: `${set}${remove}`.trim(),
    ConditionExpression: tests.join(" AND "),
    ExpressionAttributeNames: names,
    ExpressionAttributeValues: values,
  };
}
