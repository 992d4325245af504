import { describe, expect, it } from 'vitest';
import { UNREADABLE_DEFINITION } from './family.ts';
import { eventsOfTrigger, whenOfTrigger } from './triggers.ts';

describe('the condition of a trigger is found by its place, not by its look', () => {
  it.each([
    [
      'CREATE TRIGGER t BEFORE UPDATE ON a.b FOR EACH ROW WHEN ((old.x > 1)) EXECUTE FUNCTION f()',
      '(old.x > 1)',
    ],
    [
      'CREATE TRIGGER "WHEN (1)" BEFORE UPDATE ON a.b FOR EACH ROW WHEN (true) EXECUTE FUNCTION f()',
      'true',
    ],
    [
      'CREATE TRIGGER t BEFORE UPDATE ON "WHEN (" FOR EACH ROW WHEN (f(\') x \')) EXECUTE FUNCTION f()',
      "f(') x ')",
    ],
    [
      "CREATE TRIGGER t AFTER UPDATE OF \"when\" ON b FOR EACH ROW WHEN ((a <> '''(')) EXECUTE FUNCTION f(')')",
      "(a <> '''(')",
    ],
    [
      "CREATE TRIGGER t AFTER UPDATE ON b FOR EACH ROW WHEN ((a <> E'\\\\')) EXECUTE FUNCTION f()",
      "(a <> E'\\\\')",
    ],
  ])('%s', (definition, expected) => {
    expect(whenOfTrigger(definition)).toBe(expected);
  });

  it.each([
    "CREATE TRIGGER t BEFORE UPDATE ON a.b FOR EACH ROW EXECUTE FUNCTION f('WHEN (true)')",
    'CREATE TRIGGER t BEFORE UPDATE ON a.b FOR EACH ROW WHEN (true',
    UNREADABLE_DEFINITION,
    '',
  ])('is unreadable, never absent, in %j', (definition) => {
    expect(whenOfTrigger(definition)).toBe(UNREADABLE_DEFINITION);
  });

  it('takes the events from the bits of tgtype', () => {
    expect(eventsOfTrigger(4 + 1 + 2)).toEqual(['insert']);
    expect(eventsOfTrigger(4 + 8 + 16 + 32)).toEqual(['insert', 'update', 'delete', 'truncate']);
    expect(eventsOfTrigger(8 + 64)).toEqual(['delete']);
  });
});
