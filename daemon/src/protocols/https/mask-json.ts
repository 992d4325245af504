/** The shape of an answer that holds credentials: names stay, every text that may be one is masked. */

/** What stands in place of a text. */
export const MASK = '[masked by agentguard]';

/** Texts that tell where something is and open nothing: short words, numbers, times, ids. */
const HARMLESS =
  /^(?:[a-z][a-z0-9_ .-]{0,19}|\d{1,19}|\d{4}-\d\d-\d\dT[\d:.]+Z?|true|false|null|)$/;

/** Names of members whose texts say what something is. */
const DESCRIBING = new Set(
  'id uid name type kind status state object __typename createdat updatedat created updated created_at updated_at expires_at version apiversion arn'.split(
    ' ',
  ),
);

/** A content in which nothing is left that opens a door. What is no JSON is replaced as a whole. */
export function maskJson(text: string): string {
  try {
    return JSON.stringify(mask(JSON.parse(text), null));
  } catch {
    return MASK;
  }
}

function mask(value: unknown, name: string | null): unknown {
  if (typeof value === 'string') {
    const describes = name !== null && DESCRIBING.has(name.toLowerCase());
    return describes && value.length <= MAX_DESCRIBING_LENGTH && HARMLESS_ID.test(value)
      ? value
      : keep(value);
  }
  if (Array.isArray(value)) return value.map((one: unknown) => mask(one, null));
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, mask(one, key)]));
  }
  return value;
}

const MAX_DESCRIBING_LENGTH = 100;
const HARMLESS_ID = /^[\w:./ -]*$/;

/** A single lower-case word or a number is no credential; everything else may be one. */
function keep(value: string): string {
  return HARMLESS.test(value) && value.length < 8 ? value : MASK;
}
