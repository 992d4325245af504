import { describe, expect, test } from 'vitest';
import { makePlaceholder } from './placeholder.ts';

describe('a stand-in', () => {
  test.each([
    ['ghp_' + 'A1b2C3d4E5f6G7h8I9j0K1l2M3n4O5p6Q7r8', /^ghp_[A-Za-z0-9]{36}$/],
    ['sk_live_' + '51Habcdefghijklmnop', /^sk_live_\d{2}[A-Z][a-z]{16}$/],
    [
      '6f1c0a3e-1b2c-4d5e-8f90-0123456789ab',
      /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/,
    ],
    ['AKIA' + 'IOSFODNN7EXAMPLE', /^[A-Z]{12}\d[A-Z]{7}$/],
    ['short', /^agp_[0-9a-f]{48}$/],
    ['with a blank and enough letters to be one', /^agp_[0-9a-f]{48}$/],
    ['{"type":"service_account"}'.padEnd(600, 'x'), /^agp_[0-9a-f]{48}$/],
  ])('for %s has its shape and nothing else of it', (real, shape) => {
    const made = makePlaceholder(real);
    expect(made).toMatch(shape);
    expect(made).not.toBe(real);
    expect(makePlaceholder(real)).not.toBe(made);
  });
});
