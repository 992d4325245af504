/**
 * Masks the values of masked columns on their way to the client. A result column is known by the table and the number of the
 * column it comes from, as the server's RowDescription says; what has passed through an expression has none, and the rewriting refuses
 * statements in which a masked value could.
 * SECURITY(P-76): a row whose shape is not the announced one is not passed on.
 */

import { digestOf, maskText } from '@agentguard/rules';
import type { MaskKind } from '@agentguard/rules';

/** Masks by `table oid.column number`. */
export type MaskTable = ReadonlyMap<string, MaskKind>;

/** A column of a result. */
export interface ResultColumn {
  readonly name: string;
  readonly table: number;
  readonly number: number;
  readonly type: number;
  /** 0 for text, 1 for binary. That of a portal is what its Bind asked for. */
  readonly format: number;
}

/** Types whose values are text in both formats: text, varchar, bpchar, name, and the one-byte char. */
const TEXT_TYPES: ReadonlySet<number> = new Set([25, 1043, 1042, 19, 18]);

const INT4 = 23;
const INT8 = 20;
const UUID = 2950;

/** The first number that the server does not use for types of its own. */
const FIRST_USER_TYPE = 16_384;

/** What a RowDescription says; null when it cannot be read. */
export function readRowDescription(body: Buffer): readonly ResultColumn[] | null {
  if (body.length < 2) return null;
  const columns: ResultColumn[] = [];
  let at = 2;
  for (let index = body.readInt16BE(0); index > 0; index -= 1) {
    const end = body.indexOf(0, at);
    if (end < 0 || end + 19 > body.length) return null;
    columns.push({
      name: body.toString('utf8', at, end),
      table: body.readUInt32BE(end + 1),
      number: body.readInt16BE(end + 5),
      type: body.readUInt32BE(end + 7),
      format: body.readInt16BE(end + 17),
    });
    at = end + 19;
  }
  return columns;
}

/** The mask of each column of a result; null when none has one. */
export function masksOf(
  columns: readonly ResultColumn[],
  table: MaskTable,
): readonly (MaskKind | null)[] | null {
  const masks = columns.map(({ table: oid, number }) => table.get(`${oid}.${number}`) ?? null);
  return masks.some((mask) => mask !== null) ? masks : null;
}

/** What a row is masked with. */
export interface RowMasking {
  readonly columns: readonly ResultColumn[];
  readonly masks: readonly (MaskKind | null)[];
  readonly key: Uint8Array;
}

/** The body of a DataRow with its masks on; null when it is not a row of these columns. */
export function maskRow(body: Buffer, masking: RowMasking): Buffer | null {
  const { columns, masks } = masking;
  if (body.length < 2 || body.readInt16BE(0) !== columns.length) return null;
  const parts: Buffer[] = [body.subarray(0, 2)];
  let at = 2;
  for (const [index, column] of columns.entries()) {
    if (at + 4 > body.length) return null;
    const length = body.readInt32BE(at);
    const end = at + 4 + Math.max(length, 0);
    if (end > body.length) return null;
    const mask = masks[index] ?? null;
    if (mask === null || length < 0) parts.push(body.subarray(at, end));
    else {
      const masked = maskValue(body.subarray(at + 4, end), { mask, column, key: masking.key });
      parts.push(toValue(masked));
    }
    at = end;
  }
  return at === body.length ? Buffer.concat(parts) : null;
}

function toValue(value: Buffer | null): Buffer {
  const length = Buffer.allocUnsafe(4);
  length.writeInt32BE(value?.length ?? -1);
  return value === null ? length : Buffer.concat([length, value]);
}

/** A value of a type that has no room for a mask is NULL; where a digest fits its type, it is one of that type. */
function maskValue(
  value: Buffer,
  how: {
    readonly mask: MaskKind;
    readonly column: ResultColumn;
    readonly key: Uint8Array;
  },
): Buffer | null {
  const { mask, column, key } = how;
  const { format } = column;
  const isText = TEXT_TYPES.has(column.type) || (format === 0 && column.type >= FIRST_USER_TYPE);
  if (isText) return Buffer.from(maskText(value.toString('utf8'), mask, key));
  return mask === 'hash' ? hashAsType(value, column, key) : null;
}

function hashAsType(value: Buffer, column: ResultColumn, key: Uint8Array): Buffer | null {
  const { type, format } = column;
  const text = format === 0 ? value.toString('utf8') : toText(value, type);
  if (text === null) return null;
  const digest = digestOf(text, key);
  switch (type) {
    case INT4: {
      const number = digest.readUInt32BE(0) >>> 1;
      if (format === 0) return Buffer.from(String(number));
      const bytes = Buffer.allocUnsafe(4);
      bytes.writeInt32BE(number);
      return bytes;
    }
    case INT8: {
      const number = digest.readBigUInt64BE(0) >> 1n;
      if (format === 0) return Buffer.from(String(number));
      const bytes = Buffer.allocUnsafe(8);
      bytes.writeBigInt64BE(number);
      return bytes;
    }
    case UUID:
      return format === 0 ? Buffer.from(toUuid(digest)) : Buffer.from(digest.subarray(0, 16));
    default:
      return null;
  }
}

/** The value as the text format has it, so that a digest does not hang on the format. */
function toText(value: Buffer, type: number): string | null {
  if (type === INT4 && value.length === 4) return String(value.readInt32BE());
  if (type === INT8 && value.length === 8) return String(value.readBigInt64BE());
  if (type === UUID && value.length === 16) return toUuid(value);
  return null;
}

function toUuid(bytes: Buffer): string {
  const hex = bytes.toString('hex', 0, 16);
  return [8, 12, 16, 20, 32]
    .map((end, index) => hex.slice([0, 8, 12, 16, 20][index], end))
    .join('-');
}
