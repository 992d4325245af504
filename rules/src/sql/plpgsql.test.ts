/**
 * Every place of a PL/pgSQL body where SQL can stand, each with a call that must be found.
 */

import { beforeAll, describe, expect, it } from 'vitest';

import { analyzeSql } from './analyze.ts';
import { loadSqlParser } from './parser.ts';
import type { SqlParser } from './parser.ts';
import { buildShop, plainContext } from './testing/build-catalog.ts';
import { describeFacts } from './testing/describe-facts.ts';

let parser: SqlParser;

beforeAll(async () => {
  parser = await loadSqlParser();
});

/** Bodies in which `CALLED` stands for a call. */
const PLACES = `
BEGIN PERFORM CALLED; END
BEGIN PERFORM 1 FROM staging WHERE CALLED = 1; END
DECLARE x int := CALLED; BEGIN END
DECLARE x int DEFAULT CALLED; BEGIN END
DECLARE x CONSTANT int = CALLED; BEGIN END
DECLARE x int[] := ARRAY[CALLED]; BEGIN END
DECLARE r record := CALLED; BEGIN END
DECLARE r staging := ROW(CALLED, 'x'); BEGIN END
DECLARE r public.staging%ROWTYPE := CALLED; BEGIN END
DECLARE "R" public.staging DEFAULT CALLED; BEGIN END
DECLARE DECLARE r record := CALLED; BEGIN END
DECLARE a int; r record NOT NULL := CALLED; BEGIN END
BEGIN DECLARE r record := CALLED; BEGIN END; END
DECLARE c CURSOR FOR SELECT 1 begin; r record := CALLED; BEGIN END
DECLARE x int; BEGIN x := CALLED; END
DECLARE x int; BEGIN x = CALLED; END
DECLARE a int[]; BEGIN a[CALLED] := 1; END
DECLARE a int[]; BEGIN a[1:CALLED] := '{1}'; END
DECLARE r record; BEGIN r.x := CALLED; END
DECLARE x int; BEGIN SELECT CALLED INTO x; END
DECLARE x int; BEGIN SELECT 1 INTO STRICT x FROM staging WHERE CALLED = 1; END
BEGIN INSERT INTO audit_log VALUES (1, CALLED::text); END
BEGIN IF CALLED = 1 THEN END IF; END
BEGIN IF true THEN NULL; ELSIF CALLED = 1 THEN END IF; END
BEGIN IF true THEN NULL; ELSE PERFORM CALLED; END IF; END
BEGIN CASE CALLED WHEN 1 THEN NULL; END CASE; END
BEGIN CASE 1 WHEN CALLED THEN NULL; END CASE; END
BEGIN CASE WHEN CALLED = 1 THEN NULL; END CASE; END
BEGIN LOOP EXIT WHEN CALLED = 1; END LOOP; END
BEGIN LOOP CONTINUE WHEN CALLED = 1; END LOOP; END
BEGIN WHILE CALLED = 1 LOOP END LOOP; END
BEGIN FOR i IN 1..CALLED LOOP END LOOP; END
BEGIN FOR i IN REVERSE 5..1 BY CALLED LOOP END LOOP; END
DECLARE r record; BEGIN FOR r IN SELECT CALLED LOOP END LOOP; END
DECLARE r record; BEGIN FOR r IN EXECUTE 'SELECT CALLED' LOOP END LOOP; END
DECLARE r record; BEGIN FOR r IN EXECUTE 'SELECT 1' USING CALLED LOOP END LOOP; END
DECLARE x int; BEGIN FOREACH x IN ARRAY ARRAY[CALLED] LOOP END LOOP; END
DECLARE c CURSOR FOR SELECT CALLED; BEGIN OPEN c; END
DECLARE c CURSOR (k int) FOR SELECT k; BEGIN OPEN c (CALLED); END
DECLARE c CURSOR (k int) FOR SELECT k; BEGIN FOR r IN c (CALLED) LOOP END LOOP; END
DECLARE c refcursor; BEGIN OPEN c FOR SELECT CALLED; END
DECLARE c refcursor; BEGIN OPEN c FOR EXECUTE 'SELECT CALLED'; END
BEGIN EXECUTE 'SELECT CALLED'; END
BEGIN EXECUTE 'SELECT 1' USING CALLED; END
DECLARE x int; BEGIN EXECUTE 'SELECT CALLED' INTO x; END
BEGIN RAISE NOTICE '%', CALLED; END
BEGIN RAISE EXCEPTION USING MESSAGE = CALLED::text; END
BEGIN ASSERT CALLED = 1; END
BEGIN ASSERT true, CALLED::text; END
BEGIN NULL; EXCEPTION WHEN OTHERS THEN PERFORM CALLED; END
BEGIN <<inner>> BEGIN PERFORM CALLED; END; END
BEGIN DO $x$ BEGIN PERFORM CALLED; END $x$; END
`;

const CONTEXT = plainContext(buildShop());

function findings(body: string): string {
  return describeFacts(analyzeSql(`DO $body$ ${body} $body$`, CONTEXT, parser)).join('\n');
}

describe('a call in a PL/pgSQL body', () => {
  it.each(PLACES.trim().split('\n'))('%s: is found', (place) => {
    expect(findings(place.replace('CALLED', 'purge()'))).toContain('delete public.orders all');
  });

  it.each(PLACES.trim().split('\n'))('%s: is let be when it only counts', (place) => {
    const found = findings(place.replace('CALLED', 'tally()'));
    expect(found).not.toContain('delete');
    expect(found).not.toContain('unknown');
  });
});

describe('SQL that is built', () => {
  it.each([
    "BEGIN EXECUTE 'DELETE FROM ' || 'orders'; END",
    "BEGIN EXECUTE format('DELETE FROM %I', 'orders'); END",
    "DECLARE t text := 'x'; BEGIN EXECUTE t; END",
    "DECLARE r record; BEGIN FOR r IN EXECUTE 'SELECT ' || '1' LOOP END LOOP; END",
    "BEGIN EXECUTE (SELECT 'DELETE FROM orders'); END",
  ])('%s: is unknown', (body) => {
    expect(findings(body)).toContain('unknown: it runs SQL that is built at run time');
  });

  it('is read where it stands there as it is', () => {
    expect(findings("BEGIN EXECUTE 'SELECT * FROM orders'; END")).toBe(
      'read public.orders via DO block > EXECUTE',
    );
  });
});

describe('function bodies without their headers', () => {
  const found = (source: string, more: object): string => {
    const catalog = buildShop({ functions: [{ name: 'f', body: source, ...more }] });
    return describeFacts(analyzeSql('SELECT f()', plainContext(catalog), parser)).join('\n');
  };

  it.each<[string, object]>([
    ['BEGIN a := 1; b := a; RETURN; END', { returns: 'record' }],
    ['BEGIN SELECT count(*) INTO total FROM orders; END', { returns: 'int4' }],
    ['BEGIN RETURN QUERY SELECT 1; END', { returns: 'record' }],
    ['BEGIN RETURN NEXT 1; END', { returns: 'int4' }],
    ['BEGIN out_row.x := 1; RETURN; END', { returns: 'record' }],
    ['BEGIN NULL; END', { returns: 'void' }],
    ['BEGIN NEW.status := lower(OLD.status); RETURN NEW; END', { returns: 'trigger' }],
    ["BEGIN RAISE NOTICE '%', tg_tag; END", { returns: 'event_trigger' }],
    ['DECLARE x orders.id%TYPE; y orders%ROWTYPE; BEGIN RETURN x; END', {}],
  ])('%s: is read', (source, more) => {
    expect(found(source, more)).not.toContain('unknown');
  });

  it('a body that does not parse is unknown', () => {
    expect(found('BEGIN PERFORM', {})).toContain('unknown');
    expect(found('this is not a body', {})).toContain('unknown');
  });
});
