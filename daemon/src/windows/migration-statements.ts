/**
 * The statements of the files that a window was opened for. Within such a window only they count as inside of it, and what
 * migration tools write to remember how far they are.
 */

import { hash } from 'node:crypto';
import { isMigrationBook, toStatementKeys } from '@agentguard/rules';
import type { Effect, SqlFacts, SqlParser } from '@agentguard/rules';
import { InputError } from '../errors.ts';

/** A file as the person gave it. */
export interface MigrationFile {
  readonly name: string;
  readonly text: string;
}

/** What a window was opened for. */
export interface MigrationStatements {
  readonly files: readonly string[];
  /** Digests of the keys of their statements. */
  readonly keys: ReadonlySet<string>;
}

/** The schema that Drizzle makes for its own table. */
const BOOK_SCHEMA = 'drizzle';

/** @throws InputError when a file cannot be parsed, by its name */
export function toMigrationStatements(
  files: readonly MigrationFile[],
  parser: SqlParser,
): MigrationStatements {
  const keys = new Set<string>();
  for (const { name, text } of files) {
    const own = toStatementKeys(text, parser);
    if (own === null) {
      throw new InputError('INPUT_INVALID', `\`${name}\` is not SQL that PostgreSQL could read`, {
        audience: 'user',
        help: 'a migration file holds SQL statements and no commands of psql',
      });
    }
    for (const key of own) keys.add(toDigest(key));
  }
  return { files: files.map(({ name }) => name), keys };
}

/** Whether every statement of a message is one of the files', or keeps the books of a migration tool. */
export function isCovered(
  statements: MigrationStatements,
  message: { readonly text: string; readonly facts: SqlFacts },
  parser: SqlParser,
): boolean {
  const { facts, text } = message;
  if (facts.statements.every(({ effects }) => effects.every(keepsBooks))) return true;
  const keys = toStatementKeys(text, parser);
  if (keys === null || keys.length !== facts.statements.length) return false;
  return keys.every((key, index) => {
    const effects = facts.statements[index]?.effects ?? [];
    return statements.keys.has(toDigest(key)) || effects.every(keepsBooks);
  });
}

function keepsBooks(effect: Effect): boolean {
  switch (effect.kind) {
    case 'read':
    case 'transaction':
    case 'lock':
      return true;
    case 'create':
      if (effect.object.kind === 'schema') return effect.object.name === BOOK_SCHEMA;
      return ['table', 'sequence', 'index'].includes(effect.object.kind)
        ? isMigrationBook(effect.object.name)
        : false;
    case 'insert':
    case 'update':
    case 'delete':
    case 'sequence':
      return isMigrationBook(effect.object.name);
    default:
      return false;
  }
}

function toDigest(key: string): string {
  return hash('sha256', key, 'hex');
}
