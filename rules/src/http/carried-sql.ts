/** SQL in the body of a request, where a pack says that there is some, to its effects. */

import type { Effect } from '../facts/effect.ts';
import type { SqlParser } from '../sql/parser.ts';
import { findRoutes } from './compile-pack.ts';
import type { CompiledPack } from './compile-pack.ts';
import { membersAt } from './condition.ts';
import { valuesOf } from './field-list.ts';
import { placeOf } from './aws.ts';
import type { PackSql } from './pack.ts';
import type { ReadBody } from './read-body.ts';
import type { HttpRequestHead } from './request.ts';
import { valuesOfPair } from './request-target.ts';
import type { RequestTarget } from './request-target.ts';
import { judgeSqlText } from './sql-text.ts';

/** More statements than a batch of any driver holds. */
const MAX_STATEMENTS = 200;

/** The effects of the SQL in a request; null: no pack says that it carries some. */
export function judgeCarriedSql(
  head: HttpRequestHead,
  read: {
    readonly target: RequestTarget;
    readonly body: ReadBody;
    readonly packs: readonly CompiledPack[];
    readonly sql: SqlParser | null;
  },
): readonly Effect[] | null {
  const carrier = carrierOf(head, read);
  if (carrier === null) return null;
  const { body } = read;
  const found = carrier.at.flatMap((path) => [
    ...membersAt(body.json, path),
    ...valuesOfPair(body.form, path),
  ]);
  const texts = found.filter((value) => typeof value === 'string');
  if (texts.length === 0 || texts.length !== found.length || texts.length > MAX_STATEMENTS) {
    return [{ kind: 'unknown', reason: 'the SQL it carries cannot be found in its body', via: [] }];
  }
  return texts.flatMap((text) => judgeSqlText(text, carrier.dialect, read.sql));
}

function carrierOf(
  head: HttpRequestHead,
  { target, packs }: { readonly target: RequestTarget; readonly packs: readonly CompiledPack[] },
): PackSql | null {
  const action = valuesOf(head.fields, 'x-amz-target').map(
    (value) => value.split('.').at(-1) ?? '',
  )[0];
  for (const pack of packs) {
    const named =
      action === undefined
        ? undefined
        : pack.sqlActions.get(`${placeOf(head).service}:${action}`.toLowerCase());
    if (named !== undefined) return named;
    for (const segments of target.readings) {
      const request = {
        method: head.method.toUpperCase(),
        host: head.host,
        segments,
        query: target.query,
      };
      const [match] = findRoutes(pack.sqlRoutes, request);
      if (match !== undefined) return match.value;
    }
  }
  return null;
}
