/**
 * An error or notice of the server as a role may read it. Its details hold keys and whole rows (`Key (id)=(7) already exists`,
 * `Failing row contains (...)`), its place is a place in a text that the client did not write, and its context is code.
 */

import { ROW_OUT_OF_REACH } from '@agentguard/rules';

/** Fields that are passed on: severity, code, message, and the names of what is concerned. */
const KEPT = new Set(['S', 'V', 'C', 'M', 's', 't', 'n', 'd', 'F', 'L', 'R']);

/** Class of errors whose words hold the value that they are about. */
const DATA_EXCEPTION = /^(22|P0)/u;

/** The body without what is not for the client. `masked`: words may hold a value that is masked elsewhere. */
export function editNotice(body: Buffer, { masked }: { readonly masked: boolean }): Buffer {
  const fields = readFields(body);
  const message = fields.get('M') ?? '';
  const table = tableOutOfReach(message);
  if (table !== null) {
    fields.set('C', '42501');
    fields.set('M', `new row is outside the filter of ${table} for this role`);
  } else if (masked && DATA_EXCEPTION.test(fields.get('C') ?? '')) {
    fields.set('M', 'a value cannot be used here (its words are withheld: this role has masks)');
  }
  const kept = [...fields].filter(([letter]) => KEPT.has(letter));
  return Buffer.from(`${kept.map(([letter, text]) => `${letter}${text}\0`).join('')}\0`);
}

/** The table of a row check that failed; it fails by a text that is no boolean, whatever language the server speaks. */
function tableOutOfReach(message: string): string | null {
  const at = message.indexOf(ROW_OUT_OF_REACH);
  if (at < 0) return null;
  return message.slice(at + ROW_OUT_OF_REACH.length).replace(/"[^"]*$/u, '');
}

function readFields(body: Buffer): Map<string, string> {
  const fields = new Map<string, string>();
  for (const part of body.toString('utf8').split('\0')) {
    if (part !== '') fields.set(part.slice(0, 1), part.slice(1));
  }
  return fields;
}
