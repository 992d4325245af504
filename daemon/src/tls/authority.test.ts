import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { connect, createServer } from 'node:tls';
import type { TLSSocket } from 'node:tls';
import { afterEach, describe, expect, test } from 'vitest';
import { LocalAuthority } from './authority.ts';

const NOW = Date.now();
const closing: (() => void)[] = [];

afterEach(() => {
  for (const close of closing.splice(0)) close();
});

/** A client that trusts one authority and asks for a name, against a server that stands for another one. */
async function meet(
  authority: LocalAuthority,
  asked: string,
  options: { readonly standsFor?: string; readonly trusted?: string } = {},
): Promise<TLSSocket> {
  const leaf = await authority.leafFor(options.standsFor ?? asked);
  const server = createServer({ ...leaf }, (socket) => socket.end());
  server.on('tlsClientError', () => undefined);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  closing.push(() => server.close());
  const client = connect({
    port: (server.address() as AddressInfo).port,
    host: '127.0.0.1',
    servername: asked,
    ca: options.trusted ?? authority.certificate,
  });
  closing.push(() => client.destroy());
  await once(client, 'secureConnect');
  return client;
}

describe('the local authority (P-37)', () => {
  test('signs for a host, and a client that trusts it accepts name and chain', async () => {
    const authority = await LocalAuthority.make(() => NOW);
    const client = await meet(authority, 'api.example.com');
    expect(client.authorized).toBe(true);
    const leaf = new X509Certificate(client.getPeerCertificate().raw);
    expect(leaf.checkHost('api.example.com')).toBe('api.example.com');
    expect(leaf.checkHost('example.com')).toBeUndefined();
    expect(leaf.ca).toBe(false);
  });

  test('is refused by a client that trusts another one, and for another name', async () => {
    const [ours, theirs] = await Promise.all([
      LocalAuthority.make(() => NOW),
      LocalAuthority.make(() => NOW),
    ]);
    await expect(meet(ours, 'api.example.com', { trusted: theirs.certificate })).rejects.toThrow(
      /certificate|signature/i,
    );
    await expect(meet(ours, 'api.example.com', { standsFor: 'other.example.com' })).rejects.toThrow(
      /altnames/,
    );
  });

  test('may sign leaves and no further authority', async () => {
    const authority = new X509Certificate((await LocalAuthority.make(() => NOW)).certificate);
    expect(authority.ca).toBe(true);
    expect(authority.toString()).toContain('BEGIN CERTIFICATE');
    expect(authority.checkIssued(authority)).toBe(true);
  });

  test('signs a host once, and anew before the leaf expires', async () => {
    let now = NOW;
    const authority = await LocalAuthority.make(() => now);
    const first = await authority.leafFor('a.example');
    expect(await authority.leafFor('a.example')).toBe(first);
    expect(await authority.leafFor('b.example')).not.toBe(first);
    now += 23.5 * 3_600_000;
    expect(await authority.leafFor('a.example')).not.toBe(first);
  });
});
