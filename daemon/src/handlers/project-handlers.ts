/**
 * Real values for a person's own programs and files. On the record before they go out, by name and purpose.
 * SECURITY(P-62): a session never gets here: its token holds no right to decide, and what it started is refused.
 */

import { randomBytes } from 'node:crypto';
import type { CallParams, CallResult } from '../control/contract/methods.ts';
import type { CallContext } from '../control/server/actor.ts';
import type { CallHandlers } from '../control/server/handlers.ts';
import { SecretError } from '../errors.ts';
import type { ResourceStore } from '../resources/resource-store.ts';
import { projectSecret } from '../secrets/secret-name.ts';
import { SecretValue } from '../secrets/secret-value.ts';
import type { Vault } from '../secrets/vault.ts';
import { personOf } from './person.ts';
import type { RecordEvent } from './record-event.ts';

/** Of AES-256. */
const KEY_BYTES = 32;

interface ProjectParts {
  readonly vault: Pick<Vault, 'read' | 'setValue' | 'remove'>;
  readonly resources: Pick<ResourceStore, 'url'>;
  readonly recordEvent: RecordEvent;
}

type ProjectCalls = Pick<CallHandlers, 'secret.reveal' | 'project.key' | 'project.forget'>;

/** Handlers of the calls. */
export function makeProjectCalls(parts: ProjectParts): ProjectCalls {
  return {
    'secret.reveal': (params, context) => reveal(parts, params, context),
    'project.key': (params, context) => projectKey(parts, params, context),
    'project.forget': async ({ project }, context) => {
      await parts.recordEvent('project forgotten', { project, by: personOf(context) });
      return { removed: await parts.vault.remove(projectSecret(project)) };
    },
  };
}

async function reveal(
  { vault, resources, recordEvent }: ProjectParts,
  { secrets, resources: names, purpose, workspace }: CallParams<'secret.reveal'>,
  context: CallContext,
): Promise<CallResult<'secret.reveal'>> {
  const by = personOf(context);
  const { pid } = context.actor.caller;
  const what = { secrets: secrets.join(' '), resources: names.join(' ') };
  await recordEvent('secrets revealed', { ...what, purpose, workspace, by, process: pid });
  const values: CallResult<'secret.reveal'> = { secrets: [], resources: [] };
  for (const name of secrets) {
    const value = await vault.read(name);
    if (value === null) throw notThere(name);
    // SECURITY(P-03): to the person's own process, over the owner's socket, and nowhere else.
    values.secrets.push({ name, value: value.unsafeReveal() });
  }
  for (const name of names) {
    const url = await resources.url(name);
    values.resources.push({ name, url: url.unsafeReveal() });
  }
  return values;
}

/** The key is made here and kept in the vault, so that sealed files are worth nothing without it. */
async function projectKey(
  { vault, recordEvent }: ProjectParts,
  { project, create, workspace }: CallParams<'project.key'>,
  context: CallContext,
): Promise<CallResult<'project.key'>> {
  const by = personOf(context);
  const known = await vault.read(projectSecret(project));
  if (known === null && !create) return { key: null };
  const made = known === null;
  await recordEvent('project key used', { project, workspace, made, by });
  const key = known ?? new SecretValue(randomBytes(KEY_BYTES).toString('base64'));
  if (made) await vault.setValue(projectSecret(project), key);
  return { key: key.unsafeReveal() };
}

function notThere(name: string): SecretError {
  return new SecretError('SECRET_NOT_FOUND', `the vault has no secret \`${name}\``, {
    audience: 'user',
    help: `agentguard secret set ${name}`,
  });
}
