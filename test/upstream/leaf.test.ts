/** The listener's own certificate, met by an unmodified psql. */

import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSecureContext, TLSSocket } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { mintLeaf } from '../../daemon/src/tls/leaf.ts';
import { hasPsql, runPsql } from '../servers/psql.ts';
import { skipLoudly } from '../servers/skip.ts';

/** Lets anybody in and answers every query with the word "reached". */
function serve(socket: Socket): void {
  const frame = (type: string, ...parts: readonly (string | number[])[]): Buffer => {
    const body = Buffer.concat(parts.map((part) => Buffer.from(part as string)));
    const length = Buffer.alloc(4);
    length.writeInt32BE(4 + body.length);
    return Buffer.concat([Buffer.from(type), length, body]);
  };
  const ready = frame('Z', 'I');
  socket.once('data', () => {
    socket.write(frame('R', [0, 0, 0, 0]));
    socket.write(frame('S', 'server_version\0' + '18.0\0'));
    socket.write(ready);
    socket.on('data', (bytes) => {
      if (bytes[0] !== 0x51) return void socket.end();
      socket.write(
        frame(
          'T',
          [0, 1],
          'word\0',
          [0, 0, 0, 0, 0, 0, 0, 0, 0, 25, 255, 255, 255, 255, 255, 255, 0, 0],
        ),
      );
      socket.write(frame('D', [0, 1, 0, 0, 0, 7], 'reached'));
      socket.write(frame('C', 'SELECT 1\0'));
      socket.write(ready);
    });
  });
}

describe.skipIf(!hasPsql() && skipLoudly('psql is not installed'))('psql', () => {
  let server: Server;
  let port: number;
  const folder = mkdtempSync(join(tmpdir(), 'ag-leaf-'));
  const root = join(folder, 'leaf.pem');

  beforeAll(async () => {
    const leaf = await mintLeaf(new Date());
    writeFileSync(root, leaf.certificate);
    const secureContext = createSecureContext({ cert: leaf.certificate, key: leaf.key });
    server = createServer((socket) => {
      socket.once('data', () => {
        socket.write('S');
        serve(new TLSSocket(socket, { isServer: true, secureContext }));
      });
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    port = (server.address() as AddressInfo).port;
  });
  afterAll(() => {
    server.close();
    rmSync(folder, { recursive: true });
  });

  it.each([
    ['host=localhost hostaddr=127.0.0.1 sslmode=require', true],
    ['host=localhost hostaddr=127.0.0.1 sslmode=verify-full sslrootcert=ROOT', true],
    ['host=db.example hostaddr=127.0.0.1 sslmode=verify-full sslrootcert=ROOT', false],
  ])('reaches the listener with `%s`: %s', async (parameters, reaches) => {
    const text = `${parameters.replace('ROOT', root)} port=${port} user=a dbname=d gssencmode=disable`;
    const result = await runPsql(text, 'select 1');
    expect(result.ok && result.output === 'reached').toBe(reaches);
  });
});
