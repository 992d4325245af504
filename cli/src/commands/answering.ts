/** What approving and denying share: who may answer here, and the client that says so. */

import { ControlError, readOwnerFile, resolvePaths } from '@agentguard/daemon/control';
import type { ControlClient } from '@agentguard/daemon/control';
import { connectStarting } from '../connect.ts';

/** Room for a key and a line end. */
const MAX_KEY_BYTES = 256;

/**
 * A client that may answer questions: at a terminal, or with the operator key of this person's own config folder.
 * The daemon judges both again; refusing here saves the person a question that cannot be answered.
 * @throws ControlError `CONTROL_FORBIDDEN` without either
 */
export async function connectAnswering(options: {
  readonly operatorKey: boolean;
}): Promise<ControlClient> {
  if (options.operatorKey) return connectStarting({ operatorKey: readOperatorKey() });
  if (process.stdin.isTTY) return connectStarting();
  throw new ControlError(
    'CONTROL_FORBIDDEN',
    'a question is answered at a terminal, and standard input is none',
    { audience: 'user', help: 'agentguard approval operator-key create, then --operator-key' },
  );
}

function readOperatorKey(): string {
  const key = readOwnerFile(resolvePaths().operatorKey, MAX_KEY_BYTES)?.toString('utf8').trim();
  if (key !== undefined && key !== '') return key;
  throw new ControlError('CONTROL_FORBIDDEN', 'there is no operator key', {
    audience: 'user',
    help: 'agentguard approval operator-key create',
  });
}
