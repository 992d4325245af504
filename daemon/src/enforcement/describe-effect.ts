/** Effects in the words a person reads on a question, one line each. */

import { toObjectText } from '@agentguard/rules';
import type { Effect } from '@agentguard/rules';

/** One line for one effect: `delete every row of public.orders (through cascade orders_user_fk)`. */
export function describeEffect(effect: Effect): string {
  const via = effect.via.length === 0 ? '' : ` (through ${effect.via.join(', then ')})`;
  return describeItself(effect) + via;
}

function describeItself(effect: Effect): string {
  switch (effect.kind) {
    case 'read':
      return `read ${toObjectText(effect.object)}`;
    case 'insert':
      return `insert into ${toObjectText(effect.object)}`;
    case 'update':
      return `update ${describeRows(effect.rows)} of ${toObjectText(effect.object)}${describeColumns(effect.columns)}`;
    case 'delete':
      return `delete ${describeRows(effect.rows)} of ${toObjectText(effect.object)}`;
    case 'truncate':
      return `remove every row of ${toObjectText(effect.object)}`;
    case 'create':
      return `create ${effect.object.kind} ${toObjectText(effect.object)}`;
    case 'alter':
      return `alter ${effect.object.kind} ${toObjectText(effect.object)}: ${effect.action}${describeLoss(effect.loss)}`;
    case 'drop':
      return `drop ${effect.object.kind} ${toObjectText(effect.object)}${effect.cascade ? ' and what depends on it' : ''}`;
    case 'privilege':
      return `change rights: ${effect.action} on ${toObjectText(effect.object)}`;
    case 'setting':
      return `set ${effect.name}${effect.value === null ? '' : ` to ${effect.value}`}`;
    case 'identity':
      return effect.action;
    case 'transaction':
      return `transaction: ${effect.action}`;
    case 'lock':
      return `lock ${toObjectText(effect.object)} (${effect.mode})`;
    case 'notify':
      return `notify ${effect.channel}`;
    case 'listen':
      return `listen to ${effect.channel}`;
    case 'sequence':
      return `${effect.action === 'set' ? 'set' : 'advance'} sequence ${toObjectText(effect.object)}`;
    case 'maintenance':
      return effect.object === null
        ? effect.action
        : `${effect.action} ${toObjectText(effect.object)}`;
    case 'catalog write':
      return `write to the system catalog ${toObjectText(effect.object)}`;
    case 'late':
      return `${effect.action}, which acts later`;
    case 'outside':
      return `act on a ${effect.target}: ${effect.name}`;
    case 'connect':
      return `connect to ${effect.target}`;
    case 'tool':
    case 'http':
      return effect.what;
    case 'mcp':
      return describeMcp(effect);
    case 'unknown':
      return `unknown: ${effect.reason}`;
  }
}

const MCP_WORK: Readonly<Record<(Effect & { kind: 'mcp' })['work'], string>> = {
  call: 'call',
  read: 'read',
  prompt: 'fetch the prompt',
  complete: 'complete an argument of',
  subscribe: 'watch',
  task: 'carry on the task',
  other: 'use the method',
  sample: 'let the server ask the model:',
  elicit: 'let the server ask the person:',
  roots: 'tell the server the folders:',
};

function describeMcp({ work, server, name }: Effect & { kind: 'mcp' }): string {
  return `${MCP_WORK[work]} ${name} of the MCP server ${server}`;
}

function describeRows(rows: 'all' | 'bounded' | 'unknown'): string {
  switch (rows) {
    case 'all':
      return 'every row';
    case 'bounded':
      return 'some rows';
    case 'unknown':
      return 'an unknown number of rows';
  }
}

function describeColumns(columns: readonly string[]): string {
  return columns.length === 0 ? '' : ` (${columns.join(', ')})`;
}

function describeLoss(loss: 'none' | 'access' | 'data'): string {
  switch (loss) {
    case 'none':
      return '';
    case 'access':
      return ', which takes it out of reach';
    case 'data':
      return ', which destroys or rewrites data';
  }
}
