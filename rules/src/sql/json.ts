/** Looking into JSON of a shape that is not known beforehand. */

/** True for objects and arrays, whose entries can then be looked at by name. */
export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
