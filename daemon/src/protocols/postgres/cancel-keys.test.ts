import { describe, expect, it } from 'vitest';
import { CancelKeys } from './cancel-keys.ts';
import { CANCEL_WINDOW_MS, MAX_CANCELS_PER_WINDOW } from './limits.ts';

describe('family 62: cancel keys', () => {
  it('a key is as long as the protocol has it, and carries out its own connection only', () => {
    const keys = new CancelKeys(() => 0);
    const ran: string[] = [];
    const a = keys.issue('3.0', () => ran.push('a'));
    const b = keys.issue('3.2', () => ran.push('b'));
    expect([a.secret.length, b.secret.length]).toEqual([4, 32]);
    keys.request(b.processId, b.secret);
    keys.request(a.processId, b.secret);
    keys.request(a.processId, b.secret.subarray(0, 4));
    keys.request(a.processId + 1, a.secret);
    expect(ran).toEqual(['b']);
  });

  it('a key opens nothing once its connection is gone', () => {
    const keys = new CancelKeys(() => 0);
    let ran = 0;
    const key = keys.issue('3.0', () => (ran += 1));
    keys.forget(key);
    keys.request(key.processId, key.secret);
    expect(ran).toBe(0);
  });

  it('guessing is slow: so many requests in so much time, right or wrong', () => {
    let now = 0;
    const keys = new CancelKeys(() => now);
    let ran = 0;
    const key = keys.issue('3.0', () => (ran += 1));
    for (let index = 0; index < MAX_CANCELS_PER_WINDOW; index += 1) {
      keys.request(key.processId, Buffer.alloc(4));
    }
    keys.request(key.processId, key.secret);
    expect(ran).toBe(0);
    now += CANCEL_WINDOW_MS;
    keys.request(key.processId, key.secret);
    expect(ran).toBe(1);
  });
});
