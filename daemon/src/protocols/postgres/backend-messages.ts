/**
 * The few things that are read from the server's messages: tag, error class, setting, transaction state.
 * Everything else is passed on unread.
 */

/** Where the server stands between transactions, as ReadyForQuery says. */
export type TransactionStatus = 'idle' | 'in transaction' | 'failed';

/** The parts of an ErrorResponse that matter here. */
export interface ServerError {
  /** FATAL and PANIC end the connection. */
  readonly fatal: boolean;
  /** SQLSTATE; null when it did not stand in the part that is read. */
  readonly code: string | null;
}

/** Reads a ReadyForQuery body; null when it holds none of the three letters. */
export function decodeReadyForQuery(body: Buffer): TransactionStatus | null {
  switch (body[0]) {
    case 0x49: // I
      return 'idle';
    case 0x54: // T
      return 'in transaction';
    case 0x45: // E
      return 'failed';
    default:
      return null;
  }
}

/** Reads a CommandComplete body: the tag. */
export function decodeCommandTag(body: Buffer): string {
  const end = body.indexOf(0);
  return body.toString('latin1', 0, end < 0 ? body.length : end);
}

/** Reads a ParameterStatus body; null when it is malformed. */
export function decodeParameterStatus(
  body: Buffer,
): { readonly name: string; readonly value: string } | null {
  const nameEnd = body.indexOf(0);
  if (nameEnd < 0) return null;
  const valueEnd = body.indexOf(0, nameEnd + 1);
  if (valueEnd !== body.length - 1) return null;
  return {
    name: body.toString('latin1', 0, nameEnd),
    value: body.toString('utf8', nameEnd + 1, valueEnd),
  };
}

/** Reads the beginning of an ErrorResponse body. What is cut off is never severity or code, which stand first. */
export function decodeServerError(prefix: Buffer): ServerError {
  let fatal = false;
  let code: string | null = null;
  let at = 0;
  while (at < prefix.length) {
    const field = prefix[at];
    const end = prefix.indexOf(0, at + 1);
    if (field === 0 || end < 0) break;
    const value = prefix.toString('latin1', at + 1, end);
    // V is never translated (from 9.6 on); S may be.
    if (field === 0x56 || field === 0x53) fatal ||= value === 'FATAL' || value === 'PANIC';
    if (field === 0x43) code = value;
    at = end + 1;
  }
  return { fatal, code };
}
