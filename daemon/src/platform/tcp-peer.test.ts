import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { currentProcess, readProcess } from './processes.ts';
import { findInode, judgeTcpPeer, parseLsof } from './tcp-peer.ts';
import type { TcpEnds } from './tcp-peer.ts';

const here = describe.skipIf(process.platform !== 'linux');

/** Connects and stays, from the shell's child, so that the chain has a link between. */
const CONNECT = (host: string, port: number): readonly string[] => [
  'sh',
  '-c',
  `"${process.execPath}" -e 'require("net").connect(${port}, "${host}"); process.stdin.resume()'; true`,
];

let started: ChildProcess[];
let server: Server;

beforeEach(() => {
  started = [];
  server = createServer();
});
afterEach(() => {
  for (const child of started) child.kill('SIGKILL');
  server.close();
});

function start([command = '', ...args]: readonly string[]): ChildProcess {
  // Ends with its standard input, so that nothing of it stays behind.
  const child = spawn(command, args, { stdio: ['pipe', 'ignore', 'ignore'] });
  started.push(child);
  return child;
}

async function accept(host: string, begin: (port: number) => unknown): Promise<TcpEnds> {
  server.listen(0, host);
  await once(server, 'listening');
  const address = server.address();
  begin(typeof address === 'object' && address !== null ? address.port : 0);
  const [socket] = (await once(server, 'connection')) as [Socket];
  const { localAddress = '', localPort = 0, remoteAddress = '', remotePort = 0 } = socket;
  return { localAddress, localPort, remoteAddress, remotePort };
}

function identityOf(child: ChildProcess) {
  const found = readProcess(child.pid ?? 0);
  if (found === null) throw new Error('the process is gone');
  return found;
}

here('the process at the other end', () => {
  test.each(['127.0.0.1', '::1'])('is inside when it is below the root, over %s', async (host) => {
    const ends = await accept(host, (port) => start(CONNECT(host, port)));
    expect(await judgeTcpPeer(ends, currentProcess())).toBe('inside');
    const [shell] = started;
    if (shell === undefined) throw new Error('nothing was started');
    expect(await judgeTcpPeer(ends, identityOf(shell))).toBe('inside');
  });

  test('is inside when it is the root itself, which carries connections out of a sandbox', async () => {
    const ends = await accept('127.0.0.1', (port) => connect(port, '127.0.0.1'));
    expect(await judgeTcpPeer(ends, currentProcess())).toBe('inside');
  });

  test('is outside when it is beside the root (P-40)', async () => {
    const other = start(['sleep', '60']);
    await once(other, 'spawn');
    const ends = await accept('127.0.0.1', (port) => start(CONNECT('127.0.0.1', port)));
    expect(await judgeTcpPeer(ends, identityOf(other))).toBe('outside');
  });

  test('is outside when the root has gone and another process has its number', async () => {
    const ends = await accept('127.0.0.1', (port) => start(CONNECT('127.0.0.1', port)));
    const self = currentProcess();
    expect(await judgeTcpPeer(ends, { ...self, startedAt: self.startedAt - 1 })).toBe('outside');
  });

  test('is unknown when there is no such connection', async () => {
    const ends = await accept('127.0.0.1', (port) => start(CONNECT('127.0.0.1', port)));
    const other = { ...ends, remotePort: ends.remotePort === 1 ? 2 : 1 };
    expect(await judgeTcpPeer(other, currentProcess())).toBe('unknown');
  });
});

describe('the table of connections', () => {
  const TABLE = [
    '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode',
    '   0: 0100007F:1538 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 11 1 0 100 0 0 10 0',
    '   1: 0100007F:1538 0100007F:C001 01 00000000:00000000 00:00000000 00000000     0        0 22 1 0 20 4 30 10 -1',
    '   2: 0100007F:C001 0100007F:1538 01 00000000:00000000 00:00000000 00000000     0        0 33 1 0 20 4 30 10 -1',
  ].join('\n');
  const ENDS = { localAddress: '127.0.0.1', localPort: 0x1538, remoteAddress: '127.0.0.1' };

  test('names the end of the peer, not our own', () => {
    expect(findInode(TABLE, { ...ENDS, remotePort: 0xc001 })).toBe('33');
  });

  test.each([0xc002, 0x1538])('knows no peer at port %i', (remotePort) => {
    expect(findInode(TABLE, { ...ENDS, remotePort })).toBeNull();
  });
});

test('the list of lsof gives the processes whose own end is the peer', () => {
  const text =
    'p10\nf5\nn127.0.0.1:50000->127.0.0.1:6000\np20\nf7\nn127.0.0.1:6000->127.0.0.1:50000\n';
  expect(parseLsof(text, 'n127.0.0.1:50000->')).toEqual([10]);
  expect(parseLsof('', 'n127.0.0.1:50000->')).toEqual([]);
});
