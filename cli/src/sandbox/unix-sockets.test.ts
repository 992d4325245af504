import { expect, test } from 'vitest';
import { parseSockets } from './unix-sockets.ts';

test('sockets with a place are found, whatever their name holds, and each once', () => {
  const list = `Num       RefCount Protocol Flags    Type St Inode Path
0000000000000000: 00000002 00000000 00010000 0001 01 12345 /run/user/1000/bus
0000000000000000: 00000002 00000000 00010000 0001 01 12346 /home/ana/with a space/s
0000000000000000: 00000002 00000000 00000000 0002 01 12347
0000000000000000: 00000003 00000000 00000000 0001 03 12348 @/tmp/.X11-unix/X0
0000000000000000: 00000003 00000000 00000000 0001 03 12349 /run/user/1000/bus
`;
  expect(parseSockets(list)).toEqual(['/run/user/1000/bus', '/home/ana/with a space/s']);
});

test('a list that is empty or something else holds none', () => {
  expect(parseSockets('')).toEqual([]);
  expect(parseSockets('no such list')).toEqual([]);
});
