import { describe, expect, it } from 'vitest';
import type { NameContext, SqlFacts } from '@agentguard/rules';
import { EMPTY_CATALOG } from './conversation-playbook.ts';
import { FactsReader, TwoGenerationCache } from './facts.ts';
import { FACTS_CACHE_ENTRIES } from './limits.ts';
import { NameState } from './name-state.ts';

function facts(text: string, options: Partial<SqlFacts> = {}): SqlFacts {
  const statement = {
    command: 'SELECT',
    start: 0,
    end: text.length,
    functions: [],
    changesState: false,
  };
  return {
    statements: [{ ...statement, effects: [] }],
    literalsIgnored: false,
    secretSpans: [],
    ...options,
  };
}

function names(): NameState {
  return new NameState({
    rolePath: ['public'],
    initialPath: undefined,
    reportedPath: undefined,
    prepared: () => undefined,
  });
}

describe('reading statements', () => {
  it('reads a text once per catalog version and name state', () => {
    const reader = new FactsReader((text) => facts(text));
    const state = names();
    reader.read('SELECT 1', EMPTY_CATALOG, state);
    reader.read('SELECT 1', EMPTY_CATALOG, state);
    expect(reader.counters).toEqual({ exactHits: 1, shapeHits: 0, misses: 1 });
    reader.read('SELECT 1', { ...EMPTY_CATALOG, version: '2' }, state);
    expect(reader.counters.misses).toBe(2);
    state.reported('other');
    reader.read('SELECT 1', { ...EMPTY_CATALOG, version: '2' }, state);
    expect(reader.counters.misses).toBe(3);
  });

  it('one name state does not see what another had cached, and finds its own again', () => {
    const reader = new FactsReader((text, context) =>
      facts(text, { literalsIgnored: context.searchPaths[0]?.[0] === 'a' }),
    );
    const [a, b] = ['a', 'b'].map(
      (path) =>
        new NameState({
          rolePath: ['public'],
          initialPath: path,
          reportedPath: undefined,
          prepared: () => undefined,
        }),
    );
    for (let round = 0; round < 2; round += 1) {
      expect(reader.read('x', EMPTY_CATALOG, a!).facts.literalsIgnored).toBe(true);
      expect(reader.read('x', EMPTY_CATALOG, b!).facts.literalsIgnored).toBe(false);
    }
    expect(reader.counters.misses).toBe(2);
  });

  it('answers for a whole shape only when the facts ignore literals', () => {
    const shape = (text: string): string => text.replaceAll(/\d+/g, '?');
    const ignoring = new FactsReader((text) => facts(text, { literalsIgnored: true }), shape);
    const heeding = new FactsReader((text) => facts(text), shape);
    for (const text of ['SELECT 1', 'SELECT 22', 'SELECT 333']) {
      const { statements } = ignoring.read(text, EMPTY_CATALOG, names()).facts;
      expect(statements[0]?.end).toBe(text.length);
      heeding.read(text, EMPTY_CATALOG, names());
    }
    expect(ignoring.counters).toEqual({ exactHits: 0, shapeHits: 2, misses: 1 });
    expect(heeding.counters).toEqual({ exactHits: 0, shapeHits: 0, misses: 3 });
  });

  it('does not keep what depends on a prepared name, or what holds a secret', () => {
    const consult = (text: string, context: NameContext): SqlFacts => {
      context.prepared('p');
      return facts(text);
    };
    const secret = (text: string): SqlFacts => facts(text, { secretSpans: [{ start: 0, end: 1 }] });
    for (const analyze of [consult, secret]) {
      const reader = new FactsReader(analyze);
      reader.read('EXECUTE p', EMPTY_CATALOG, names());
      reader.read('EXECUTE p', EMPTY_CATALOG, names());
      expect(reader.counters.misses).toBe(2);
    }
  });

  it('whatever the analysis throws, the answer is an unknown effect', () => {
    const reader = new FactsReader(() => {
      throw new RangeError('stack');
    });
    const { statements } = reader.read('SELECT 1', EMPTY_CATALOG, names()).facts;
    expect(statements[0]).toMatchObject({ effects: [{ kind: 'unknown' }], changesState: true });
  });

  it('the cache stays bounded and keeps what is used', () => {
    const cache = new TwoGenerationCache<number>();
    cache.set('hot', 1);
    for (let index = 0; index < FACTS_CACHE_ENTRIES * 5; index += 1) {
      cache.set(`cold ${index}`, index);
      expect(cache.get('hot')).toBe(1);
    }
    expect(cache.get('cold 0')).toBeUndefined();
  });
});
