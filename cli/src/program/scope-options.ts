/** The options that say which scope a token carries; `token create` and `run` take the same. */

import type { Command } from 'commander';
import { UsageError } from '../exit-code.ts';
import { repeated } from './repeated.ts';

/** As commander hands them over. */
export interface ScopeOptions {
  readonly tenantId?: string;
  readonly value?: readonly string[];
  readonly onBehalfOf?: string;
}

/** What a token carries beside its role. */
export interface WrittenScope {
  readonly values: Record<string, string>;
  readonly onBehalfOf: string | null;
}

/** What a session carries. */
export interface RunScope extends WrittenScope {
  /** Null: whatever role a resource gives by itself. */
  readonly role: string | null;
}

/** Adds the options to a command. */
export function addScopeOptions(command: Command): Command {
  return command
    .option('--tenant-id <id>', 'what {{ token.tenant_id }} stands for in filters')
    .addOption(
      repeated('--value <name=value>', 'another value of {{ token.NAME }}; may be repeated'),
    )
    .option('--on-behalf-of <person>', 'the person it acts for; you vouch for that');
}

/** @throws UsageError for a value that is not `name=value`, or one that is given twice */
export function readScope(options: ScopeOptions): WrittenScope {
  const given = [
    ...(options.tenantId === undefined ? [] : [`tenant_id=${options.tenantId}`]),
    ...(options.value ?? []),
  ];
  const values: Record<string, string> = {};
  for (const text of given) {
    const [, name, value] = /^([a-z][a-z0-9_]{0,62})=(.+)$/s.exec(text) ?? [];
    if (name === undefined || value === undefined) {
      throw new UsageError(`\`${text}\` is not name=value`, 'write it as --value region=eu');
    }
    if (Object.hasOwn(values, name)) throw new UsageError(`\`${name}\` is given twice`);
    values[name] = value;
  }
  return { values, onBehalfOf: options.onBehalfOf ?? null };
}
