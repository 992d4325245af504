/** Speaks to the proxy byte by byte, for what no real client sends. */

import { connect } from 'node:net';

/** Longest wait for an answer that does not come, in milliseconds. */
const PATIENCE_MS = 5_000;

/** The head of a CONNECT with a token. */
export function connectHead(target: string, token: string): string {
  return `CONNECT ${target} HTTP/1.1\r\nHost: ${target}\r\n${authorization(token)}\r\n`;
}

/** The field that shows a token, with its line end. */
export function authorization(token: string): string {
  return `Proxy-Authorization: Basic ${Buffer.from(`agent:${token}`).toString('base64')}\r\n`;
}

/**
 * Sends everything and gives back everything that comes until the other side ends.
 * @param then sent after the first answer
 * @param ends whether our side ends behind the bytes, so that an unfinished head is known to be one
 */
export async function raw(
  port: number,
  bytes: string | Buffer,
  then?: Buffer,
  ends = false,
): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  let answer = '';
  socket.setTimeout(PATIENCE_MS, () => socket.destroy());
  socket.on('error', () => undefined);
  socket.on('data', (chunk: Buffer) => {
    if (answer === '' && then !== undefined) socket.write(then);
    answer += chunk.toString('latin1');
  });
  socket.write(typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes);
  if (ends) socket.end();
  await new Promise((resolve) => socket.once('close', resolve));
  return answer;
}
