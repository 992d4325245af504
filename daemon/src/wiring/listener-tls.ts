/**
 * TLS of the listener, for clients that insist on it. The certificate is made when the daemon has a moment, or when the first
 * client asks, whatever comes first: loading what makes it takes longer than the rest of a start.
 */

import { writeFileAtomic } from '../platform/atomic-file.ts';
import type { ListenerTls } from '../protocols/postgres/connection.ts';

/** Long after whoever started the daemon has got the answer, and before a person has typed a command. */
const MOMENT_MS = 1000;

/**
 * The listener's certificate and key, the same for every call. The key stays in this process.
 * @param path where the certificate is written, so that a client can be told to trust exactly it
 */
export function makeListenerTls(path: string): () => Promise<ListenerTls> {
  let made: Promise<ListenerTls> | null = null;
  const get = (): Promise<ListenerTls> => {
    made ??= mint(path).catch((error: unknown) => {
      made = null;
      throw error;
    });
    return made;
  };
  setTimeout(() => {
    // Who needs it hears of the failure.
    get().catch(() => undefined);
  }, MOMENT_MS).unref();
  return get;
}

async function mint(path: string): Promise<ListenerTls> {
  const { mintLeaf } = await import('../tls/leaf.ts');
  const { certificate, key } = await mintLeaf(new Date());
  writeFileAtomic(path, certificate);
  return { certificate, privateKey: key };
}
