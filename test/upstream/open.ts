/** Opens an upstream link from a connection text, as the daemon does, and asks who it is. */

import { inspect } from 'node:util';
import { UpstreamError } from '../../daemon/src/errors.ts';
import {
  connectUpstream,
  type UpstreamLink,
} from '../../daemon/src/protocols/postgres/upstream.ts';
import { makeQuery } from '../../daemon/src/protocols/postgres/upstream-query.ts';
import { parseUpstreamTarget } from '../../daemon/src/protocols/postgres/upstream-target.ts';
import { CANARY_PASSWORD } from '../servers/postgres.ts';
import { tlsFiles } from './node-tls-files.ts';

/** What a test may vary. */
export interface OpenOptions {
  /** Where `.postgresql` is looked for. Default: nowhere. */
  readonly home?: string;
  readonly parameters?: ReadonlyMap<string, string>;
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

/** @throws UpstreamError as the daemon would, also when the text itself is refused */
export async function openUpstream(text: string, options: OpenOptions = {}): Promise<UpstreamLink> {
  const parsed = parseUpstreamTarget(text);
  if (!parsed.ok) throw new UpstreamError('INPUT_INVALID', parsed.problem);
  return connectUpstream(
    parsed.target,
    { parameters: options.parameters ?? new Map<string, string>() },
    {
      signal: options.signal ?? new AbortController().signal,
      files: tlsFiles(options.home),
      timeoutMs: options.timeoutMs ?? 15_000,
    },
  );
}

/** The statement both we and psql run to see who is connected and how. */
export const WHO_SQL = `select current_user || ' tls=' || coalesce((select ssl from pg_stat_ssl where pid = pg_backend_pid()), false)`;

/** What the server says about the session, or the code and message of the error. */
export async function whoAmI(text: string, options: OpenOptions = {}): Promise<string> {
  try {
    const query = makeQuery(await openUpstream(text, options));
    const [row] = await query.query(WHO_SQL);
    query.close();
    return row?.[0] ?? 'nobody';
  } catch (error) {
    const failure = withoutCanary(error);
    return `${failure.code}: ${failure.message}`;
  }
}

/** The error, once it is sure that no way of printing it shows the password. */
export function withoutCanary(error: unknown): UpstreamError {
  if (!(error instanceof UpstreamError)) throw error;
  const shown = [
    error.message,
    String(error.stack),
    JSON.stringify(error),
    String(error.help),
    inspect(error, { depth: 9, showHidden: true }),
  ];
  if (shown.some((text) => text.includes(CANARY_PASSWORD))) {
    throw new Error('an error shows the password');
  }
  return error;
}
