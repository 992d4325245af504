import { describe, expect, test } from 'vitest';
import { loadSqlParser } from '../sql/parser.ts';
import { parseFilter } from './filter-template.ts';

const PARSER = await loadSqlParser();

describe('a filter is one condition with values of the token in it', () => {
  test.each([
    ['tenant_id = {{ token.tenant_id }}', 'tenant_id = $1', ['tenant_id']],
    ['tenant_id={{token.tenant_id}}', 'tenant_id=$1', ['tenant_id']],
    ['active', 'active', []],
    ['a = {{ token.a }} AND b = {{ token.b }}', 'a = $1 AND b = $2', ['a', 'b']],
    ['{{ token.a }} IN (x, {{ token.a }})', '$1 IN (x, $2)', ['a', 'a']],
    [
      'id IN (SELECT r FROM m WHERE t = {{ token.t }})',
      'id IN (SELECT r FROM m WHERE t = $1)',
      ['t'],
    ],
    ["note <> 'it is {'", "note <> 'it is {'", []],
    ['active -- only those', 'active -- only those', []],
  ])('%s', (source, sql, variables) => {
    expect(parseFilter(source, PARSER)).toMatchObject({ ok: true, filter: { sql, variables } });
  });
});

describe('a filter that is not exactly that is refused', () => {
  test.each([
    ['a value inside quotes', "tenant_id = '{{ token.tenant_id }}'"],
    ['a value inside a name', 'tenant_id = "{{ token.tenant_id }}"'],
    ['a value inside a comment', 'true /* {{ token.tenant_id }} */'],
    ['a value inside a dollar-quoted string', 'tenant_id = $q${{ token.tenant_id }}$q$'],
    ['a parameter that was written by hand', 'tenant_id = $1'],
    ['a parameter beside a value', 'tenant_id = {{ token.tenant_id }} OR id = $1'],
    ['another root', 'tenant_id = {{ session.tenant_id }}'],
    ['a name in capitals', 'tenant_id = {{ token.TENANT }}'],
    ['an expression', 'tenant_id = {{ token.a + 1 }}'],
    ['a hole that is not closed', 'tenant_id = {{ token.a'],
    ['half a condition', 'tenant_id ='],
    ['nothing', ' '],
    ['more than a condition', 'true) ORDER BY (1'],
    ['a second set of rows', 'true) UNION SELECT (1'],
    ['a second statement', 'true); DELETE FROM t WHERE (true'],
    ['a bracket that ends early', 'true) OR (true'.replace('OR', 'GROUP BY 1 HAVING')],
    ['a text beyond every measure', `a = '${'x'.repeat(5000)}'`],
  ])('%s', (_what, source) => {
    expect(parseFilter(source, PARSER)).toMatchObject({ ok: false });
  });
});
