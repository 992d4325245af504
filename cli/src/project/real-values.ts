/**
 * The environment of a person's own program: what stands as a reference in its variables becomes the real value.
 * SECURITY(P-62): a reference that names what is not this project's is refused, for whoever edits the project's files
 * could otherwise have any secret of the person handed to the project's programs.
 */

import { toProgramUrl } from './database-url.ts';
import { ProjectError } from './project-error.ts';
import { parseValue } from './reference.ts';
import type { Reference, ReferencingValue } from './reference.ts';
import type { SecretText } from './secret-text.ts';
import { toKey } from './vault-door.ts';
import type { EntryRef, Revealed } from './vault-door.ts';

/** Variables that stand for something, and what for. */
export type ReferencingVariables = ReadonlyMap<string, ReferencingValue>;

/**
 * Those variables whose values are references.
 * @param inherited of the shell: it is stronger than any file, as every reader of `.env` has it
 */
export function findReferences(
  files: ReadonlyMap<string, string>,
  inherited: Readonly<Record<string, string | undefined>>,
): ReferencingVariables {
  const found = new Map<string, ReferencingValue>();
  const all = new Map([...files, ...Object.entries(inherited)]);
  for (const [name, text] of all) {
    const value = text === undefined ? null : parseValue(text);
    if (value !== null) found.set(name, value);
  }
  return found;
}

/** What the variables refer to, each once. */
export function referencesOf(variables: ReferencingVariables): readonly EntryRef[] {
  const entries = [...variables.values()].map(({ reference }) => toEntryRef(reference));
  return [...new Map(entries.map((entry) => [toKey(entry), entry])).values()];
}

/** @throws ProjectError for a reference to something that is not the project's */
export function refuseForeign(
  variables: ReferencingVariables,
  own: readonly EntryRef[],
  allowed: readonly string[],
): void {
  const known = new Set(own.map(toKey));
  for (const [variable, { reference }] of variables) {
    const { name } = reference;
    if (known.has(toKey(toEntryRef(reference))) || allowed.includes(name)) continue;
    throw new ProjectError(
      `\`${variable}\` asks for \`${name}\`, which was not put into the vault from this project`,
      `if you mean it: agentguard exec --allow ${name} -- COMMAND`,
    );
  }
}

/** The variables with their real values. */
export function toRealValues(
  variables: ReferencingVariables,
  revealed: Revealed,
): Readonly<Record<string, string>> {
  const real = [...variables].flatMap(([name, { prefix, reference }]): [string, string][] => {
    const value = revealed.get(toKey(toEntryRef(reference)));
    return value === undefined ? [] : [[name, prefix + toValue(reference, value)]];
  });
  return Object.fromEntries(real);
}

function toValue(reference: Reference, value: SecretText): string {
  switch (reference.kind) {
    case 'secret':
      return value.unsafeReveal();
    case 'resource':
      return toProgramUrl(value.unsafeReveal(), reference);
  }
}

function toEntryRef({ kind, name }: Reference): EntryRef {
  return { kind, name };
}
