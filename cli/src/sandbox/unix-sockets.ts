/**
 * Sockets with a place in the file system that programs of this machine listen on now: agents of keys, databases,
 * editors, multiplexers. A read-only mount does not keep anyone from connecting, so each is covered by itself.
 */

import { readFileSync } from 'node:fs';

/** Paths of all such sockets; empty where the system keeps no such list. */
export function listeningSockets(): readonly string[] {
  try {
    return parseSockets(readFileSync('/proc/net/unix', 'utf8'));
  } catch {
    return [];
  }
}

/** unix(7), /proc/net/unix: the path is the eighth column and may hold spaces; one that begins with `@` has no place. */
export function parseSockets(text: string): readonly string[] {
  const paths = text.split('\n').flatMap((line) => {
    const path = /^(?:\S+\s+){7}(\/.*)$/.exec(line.trim())?.[1];
    return path === undefined ? [] : [path];
  });
  return [...new Set(paths)];
}
