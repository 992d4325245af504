/**
 * A push of git over HTTP: the commands before the pack (gitprotocol-pack: `old new ref`). Whether a changed branch
 * loses commits stands in the history, which is not sent: branches that many work on are asked about, others pass.
 */

import type { HttpOperation } from '../facts/http-facts.ts';
import { plainOperation, shorten, unknownOperation } from './operations.ts';

const COMMAND = /^([0-9a-f]{40,64}) ([0-9a-f]{40,64}) ([^\0\n]+)/;

/** More commands than anybody pushes at once by hand. */
const MAX_COMMANDS = 200;

/** Branches and tags that others build on. */
const SHARED =
  /^refs\/(heads\/(main|master|trunk|develop|production|prod|staging|release.*)$|tags\/)/;

/** Judges the first bytes of a push. Never empty. */
export function judgePush(bytes: Uint8Array, repository: string): readonly HttpOperation[] {
  const commands = readCommands(bytes);
  if (commands === null) return [unknownOperation('what is pushed cannot be read')];
  if (commands.length === 0)
    return [plainOperation('push', 'write', { does: `pushes nothing to ${repository}` })];
  return commands.map(([before, after, ref]) => {
    const target = { kind: 'branch', id: ref, parts: { repository } };
    const on = `${shorten(ref)} of ${shorten(repository)}`;
    if (/^0+$/.test(after)) {
      return plainOperation('delete ref', 'destroy', {
        severity: 'high',
        target,
        does: `deletes ${on}`,
      });
    }
    if (/^0+$/.test(before))
      return plainOperation('create ref', 'write', { target, does: `creates ${on}` });
    if (!SHARED.test(ref))
      return plainOperation('update ref', 'write', { target, does: `pushes to ${on}` });
    return plainOperation('update ref', 'destroy', {
      severity: 'medium',
      ...{ target, does: `moves ${on}; whether commits are lost by it cannot be seen` },
    });
  });
}

/** Packet lines until the flush (gitprotocol-common); null when they are not whole. */
function readCommands(bytes: Uint8Array): (readonly [string, string, string])[] | null {
  const commands: (readonly [string, string, string])[] = [];
  let at = 0;
  while (commands.length <= MAX_COMMANDS) {
    const head = latin1(bytes.subarray(at, at + 4));
    if (!/^[0-9a-f]{4}$/i.test(head)) return null;
    const length = Number.parseInt(head, 16);
    if (length === 0) return commands;
    if (length < 4 || at + length > bytes.length) return null;
    const line = latin1(bytes.subarray(at + 4, at + length));
    at += length;
    if (line.startsWith('shallow ')) continue;
    const match = COMMAND.exec(line);
    if (match === null) return null;
    commands.push([match[1] ?? '', match[2] ?? '', (match[3] ?? '').trimEnd()]);
  }
  return null;
}

function latin1(bytes: Uint8Array): string {
  return new TextDecoder('latin1').decode(bytes);
}
