/** The caps as they are. A change of one is a decision, to be made here as well. */

import { expect, test } from 'vitest';
import * as limits from './limits.ts';

test('P-17: every cap of the room is what it was decided to be', () => {
  expect({ ...limits }).toEqual({
    MAX_HEAD_BYTES: 16_384,
    MAX_HEADER_FIELDS: 200,
    MAX_CONNECTIONS: 512,
    MAX_SESSION_CONNECTIONS: 128,
    HEAD_TIMEOUT_MS: 10_000,
    CONNECT_TIMEOUT_MS: 15_000,
    LOOKUP_TIMEOUT_MS: 10_000,
    HELLO_TIMEOUT_MS: 10_000,
    IDLE_TIMEOUT_MS: 900_000,
    KEEP_ALIVE_TIMEOUT_MS: 5_000,
    LINGER_MS: 2_000,
    MAX_CLIENT_HELLO_BYTES: 16_384,
  });
});
