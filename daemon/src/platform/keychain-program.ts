/**
 * The program that touches the operating system's keychain, a process of its own: its native calls may block for as
 * long as a person does not answer a prompt, and only a process can be ended from outside. Lines of JSON in and out;
 * a secret travels on these pipes and nowhere else.
 */

import { createInterface } from 'node:readline';
import { AsyncEntry } from '@napi-rs/keyring';
import { keychainRequestSchema } from './keychain-words.ts';
import type { KeychainFailure, KeychainReply, KeychainRequest } from './keychain-words.ts';

/** Without the pin the library falls back in silence to a store that other processes cannot read. */
const OPTIONS = { linux: { store: 'secret-service' } } as const;

async function answer(request: KeychainRequest): Promise<KeychainReply> {
  const { id } = request;
  try {
    return { id, ok: true, value: await carryOut(request) };
  } catch (error) {
    return { id, ok: false, failure: toFailure(error) };
  }
}

async function carryOut(request: KeychainRequest): Promise<string | boolean | null> {
  const entry = new AsyncEntry(request.service, request.account, OPTIONS);
  const signal = AbortSignal.timeout(request.timeoutMs);
  switch (request.op) {
    case 'get':
      return entry.getPassword(signal);
    case 'set':
      await entry.setPassword(request.value, signal);
      return true;
    case 'delete':
      return entry.deletePassword(signal);
  }
}

/** Sorted by what a person can do about it. The library's own words go no further. */
function toFailure(error: unknown): KeychainFailure {
  const text = error instanceof Error ? error.message : '';
  if (/dismissed|locked|denied|not permitted|canceled|cancelled|interaction/i.test(text)) {
    return 'locked';
  }
  if (/no result found/i.test(text)) return 'no collection';
  if (/dbus|d-bus|platform failure|no default/i.test(text)) return 'absent';
  if (/too long|longer than/i.test(text)) return 'too long';
  return 'failed';
}

const requests = createInterface({ input: process.stdin });
requests.on('line', (line) => {
  const request = keychainRequestSchema.parse(JSON.parse(line));
  void answer(request).then((reply) => process.stdout.write(`${JSON.stringify(reply)}\n`));
});
requests.on('close', () => {
  // The daemon is gone. Leaving in order would wait for a native call that waits for a person.
  process.kill(process.pid, 'SIGKILL');
});
