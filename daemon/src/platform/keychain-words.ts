/** What the daemon and the program that touches the keychain say to each other, one line of JSON each. */

import * as z from 'zod';

const address = {
  id: z.number().int(),
  service: z.string(),
  account: z.string(),
  timeoutMs: z.number().int().positive(),
};

export const keychainRequestSchema = z.discriminatedUnion('op', [
  z.strictObject({ op: z.literal('get'), ...address }),
  z.strictObject({ op: z.literal('set'), ...address, value: z.string() }),
  z.strictObject({ op: z.literal('delete'), ...address }),
]);

export type KeychainRequest = z.output<typeof keychainRequestSchema>;

/**
 * `absent`: nothing answers as a keychain. `no collection`: it answers and has nowhere to keep anything.
 * `locked`: locked, or its prompt was dismissed. `timeout` and `ended` are said by this side.
 */
const failureSchema = z.enum([
  'absent',
  'no collection',
  'locked',
  'too long',
  'timeout',
  'ended',
  'failed',
]);

export type KeychainFailure = z.output<typeof failureSchema>;

export const keychainReplySchema = z.discriminatedUnion('ok', [
  z.strictObject({
    ok: z.literal(true),
    id: z.number().int(),
    value: z.union([z.string(), z.boolean(), z.null()]),
  }),
  z.strictObject({ ok: z.literal(false), id: z.number().int(), failure: failureSchema }),
]);

export type KeychainReply = z.output<typeof keychainReplySchema>;
