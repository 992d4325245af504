import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { type AddressInfo } from 'node:net';
import { connect, createServer } from 'node:tls';
import { describe, expect, it } from 'vitest';
import { mintLeaf } from './leaf.ts';

describe('a leaf', async () => {
  const now = new Date('2026-01-15T12:00:00Z');
  const leaf = await mintLeaf(now);
  const certificate = new X509Certificate(leaf.certificate);

  it('names this machine and nothing else', () => {
    expect(certificate.checkHost('localhost')).toBe('localhost');
    expect(certificate.checkIP('127.0.0.1')).toBe('127.0.0.1');
    expect(certificate.checkIP('::1')).toBe('::1');
    expect(certificate.checkHost('db.example')).toBeUndefined();
    expect(certificate.checkIP('127.0.0.2')).toBeUndefined();
  });

  it('cannot sign other certificates', () => {
    expect(certificate.ca).toBe(false);
  });

  it('is valid now and for about a year', () => {
    expect(certificate.validFromDate.getTime()).toBeLessThan(now.getTime());
    const days = (certificate.validToDate.getTime() - now.getTime()) / 86_400_000;
    expect(days).toBe(397);
  });

  it('is another one every time', async () => {
    const other = await mintLeaf(now);
    expect(other.key).not.toBe(leaf.key);
    expect(new X509Certificate(other.certificate).serialNumber).not.toBe(certificate.serialNumber);
  });

  it('is the same in both forms', () => {
    expect(certificate.raw.equals(leaf.der)).toBe(true);
  });

  it('lets a client that was given it verify name and chain', async () => {
    const fresh = await mintLeaf(new Date());
    const server = createServer({ cert: fresh.certificate, key: fresh.key }, (socket) => {
      socket.end();
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const client = connect({
      port,
      host: '127.0.0.1',
      servername: 'localhost',
      ca: fresh.certificate,
    });
    await once(client, 'secureConnect');
    expect(client.authorized).toBe(true);
    client.destroy();
    server.close();
  });
});
