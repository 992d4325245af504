/**
 * The text of an operation as a person sees it and an approval binds it: the statement, and the values bound to it.
 * INVARIANT: two operations that could do different things have different texts. Nothing is cut without its digest in place.
 */

import { isUtf8 } from 'node:buffer';
import { createHash } from 'node:crypto';
import { MAX_SHOWN_PARAMETER_BYTES } from './limits.ts';
import type { BoundParameter } from './messages.ts';

/** The statement followed by one comment line per value. Offsets into the statement stay valid. */
export function toOperationText(text: string, parameters: readonly BoundParameter[]): string {
  if (parameters.length === 0) return text;
  let shown = text;
  for (let index = 0; index < parameters.length; index += 1) {
    const parameter = parameters[index];
    if (parameter !== undefined) shown += `\n-- $${index + 1} = ${toShown(parameter)}`;
  }
  return shown;
}

function toShown({ binary, value }: BoundParameter): string {
  if (value === null) return 'NULL';
  if (value.length > MAX_SHOWN_PARAMETER_BYTES) {
    const digest = createHash('sha256').update(value).digest('hex');
    return `(${value.length} bytes, ${binary ? 'binary' : 'text'}, sha256 ${digest})`;
  }
  if (binary || !isUtf8(value)) return toBinary(value);
  // Quoted as JSON, so that a line break in a value cannot pass for another line.
  return JSON.stringify(value.toString('utf8'));
}

/** Hexadecimal, and for the sizes of integers the number it would be: drivers send ids that way. */
function toBinary(value: Buffer): string {
  const hex = `\\x${value.toString('hex')}`;
  switch (value.length) {
    case 2:
      return `${hex} (as a number ${value.readInt16BE()})`;
    case 4:
      return `${hex} (as a number ${value.readInt32BE()})`;
    case 8:
      return `${hex} (as a number ${value.readBigInt64BE()})`;
    default:
      return hex;
  }
}
