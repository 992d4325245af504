/** Every text of a value with the place where it stands, so that no channel to the model is looked past. */

import { isJsonArray, isJsonMap } from './json.ts';
import type { Json } from './json.ts';

/** A text and its place: `inputSchema.properties.path.description`. */
export interface PlacedText {
  readonly place: string;
  readonly text: string;
}

/** Texts of a value, keys of objects included, in order. */
export function textsOf(value: Json, place = ''): readonly PlacedText[] {
  if (typeof value === 'string') return [{ place, text: value }];
  if (isJsonArray(value)) {
    return value.flatMap((one, index) => textsOf(one, `${place}[${index}]`));
  }
  if (!isJsonMap(value)) return [];
  return [...value].flatMap(([key, one]) => {
    const below = place === '' ? key : `${place}.${key}`;
    return [{ place: `${below} (name)`, text: key }, ...textsOf(one, below)];
  });
}

/** The value with every text replaced; keys stay. The same value when nothing changed. */
export function mapTexts(
  value: Json,
  change: (text: string, key: string) => string,
  key = '',
): Json {
  if (typeof value === 'string') return change(value, key);
  if (isJsonArray(value)) {
    const changed = value.map((one) => mapTexts(one, change, key));
    return changed.every((one, index) => one === value[index]) ? value : changed;
  }
  if (!isJsonMap(value)) return value;
  const entries = [...value].map(([name, one]): [string, Json] => [
    name,
    mapTexts(one, change, name),
  ]);
  return entries.every(([name, one]) => one === value.get(name)) ? value : new Map(entries);
}
