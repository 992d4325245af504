/** What changed between two definitions, as lines that a person reads: place, before, after; hidden characters visible. */

import { showHidden } from './hidden-text.ts';
import { isJsonArray, isJsonMap, toJsonText } from './json.ts';
import type { Json } from './json.ts';
import { parseJson } from './parse-json.ts';

/** Lines of one definition: place and value. */
export function describeDefinition(text: string): readonly string[] {
  const parsed = parseJson(text);
  return [...leavesOf(parsed.ok ? parsed.value : text)].map(([place, leaf]) => `${place}: ${leaf}`);
}

/** Lines of a change: `- place: before` and `+ place: after`. Empty when both say the same. */
export function compareDefinitions(before: string, after: string): readonly string[] {
  const [old, young] = [before, after].map((text) => {
    const parsed = parseJson(text);
    return new Map(leavesOf(parsed.ok ? parsed.value : text));
  }) as [Map<string, string>, Map<string, string>];
  const places = [...new Set([...old.keys(), ...young.keys()])];
  return places.flatMap((place) => {
    const [was, is] = [old.get(place), young.get(place)];
    if (was === is) return [];
    return [
      ...(was === undefined ? [] : [`- ${place}: ${was}`]),
      ...(is === undefined ? [] : [`+ ${place}: ${is}`]),
    ];
  });
}

function* leavesOf(value: Json, place = ''): Generator<readonly [string, string]> {
  if (isJsonArray(value) && value.length > 0) {
    for (const [index, one] of value.entries()) yield* leavesOf(one, `${place}[${index}]`);
  } else if (isJsonMap(value) && value.size > 0) {
    for (const [key, one] of value) {
      yield* leavesOf(one, place === '' ? showHidden(key) : `${place}.${showHidden(key)}`);
    }
  } else {
    yield [place, typeof value === 'string' ? showHidden(value) : toJsonText(value)];
  }
}
