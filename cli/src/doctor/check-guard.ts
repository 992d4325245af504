/** The guard itself: daemon, record, policy, emergency stop, vault. */

import type { CallResult } from '@agentguard/daemon/control';
import type { Finding } from './finding.ts';

/** What the daemon says of itself. */
export interface GuardState {
  readonly status: CallResult<'status'>;
  readonly policy: CallResult<'policy.show'>;
  readonly secrets: CallResult<'secret.status'>;
}

/** The one finding when no daemon answers: nothing else can be told then. */
export function daemonMissing(why: string): Finding {
  return {
    id: 'daemon-unreachable',
    level: 'open',
    about: 'daemon',
    layer: null,
    what: `the daemon does not answer: ${why}`,
    mend: 'agentguard daemon start',
  };
}

/** Judges what the daemon says. */
export function checkGuard({ status, policy, secrets }: GuardState): readonly Finding[] {
  return [
    checkStop(status),
    checkRecord(status),
    checkPolicy(policy),
    checkVault(secrets),
    ...checkListener(status),
  ];
}

function checkStop({ panic, pid }: CallResult<'status'>): Finding {
  if (panic === null) {
    const what = `the daemon runs as process ${pid}`;
    return { id: 'daemon', level: 'held', about: 'daemon', layer: 'daemon', what, mend: null };
  }
  return {
    id: 'stopped',
    level: 'note',
    about: 'daemon',
    layer: 'daemon',
    what: `everything was stopped by ${panic.by}, nothing passes`,
    mend: 'agentguard resume',
  };
}

function checkRecord({ audit }: CallResult<'status'>): Finding {
  if (audit.state === 'ok') {
    const what = `${audit.entries} entries, appended to without failure`;
    return { id: 'record', level: 'held', about: 'record', layer: 'record', what, mend: null };
  }
  return {
    id: 'record-failed',
    level: 'open',
    about: 'record',
    layer: null,
    what: `the record cannot be written, so nothing passes: ${audit.problem ?? 'unknown cause'}`,
    mend: 'agentguard daemon logs',
  };
}

function checkPolicy(policy: CallResult<'policy.show'>): Finding {
  if (policy.source !== 'failed' && policy.problem !== null) {
    const what = `an edit of the policy is not in force, the last good version is: ${policy.problem}`;
    const mend = 'agentguard policy check';
    return { id: 'policy-edit', level: 'open', about: 'policy', layer: 'gate', what, mend };
  }
  if (policy.source !== 'failed') {
    const from = policy.source === 'builtin' ? 'built-in rules' : 'built-in rules and your file';
    const what = `${from}, revision ${policy.revision}`;
    return { id: 'policy', level: 'held', about: 'policy', layer: 'gate', what, mend: null };
  }
  return {
    id: 'policy-failed',
    level: 'open',
    about: 'policy',
    layer: null,
    what: `the policy is not in force, so everything is denied: ${policy.problem ?? 'unknown cause'}`,
    mend: policy.file === null ? 'agentguard daemon logs' : `mend ${policy.file}`,
  };
}

function checkVault({ backend, state, problem, help }: CallResult<'secret.status'>): Finding {
  if (state === 'ok') {
    const what =
      backend === 'keychain'
        ? "secrets are in the system's keychain"
        : 'secrets are in an encrypted file, which a program of this account could open';
    return {
      id: `vault-${backend}`,
      level: backend === 'keychain' ? 'held' : 'note',
      about: 'vault',
      layer: 'vault',
      what,
      mend: backend === 'keychain' ? null : 'agentguard secret backend keychain',
    };
  }
  return {
    id: 'vault-failed',
    level: 'open',
    about: 'vault',
    layer: null,
    what: `the vault cannot be read: ${problem ?? 'unknown cause'}`,
    mend: help ?? 'agentguard secret backend',
  };
}

function checkListener({ listener }: CallResult<'status'>): readonly Finding[] {
  if (listener !== null) return [];
  return [
    {
      id: 'listener-closed',
      level: 'open',
      about: 'daemon',
      layer: null,
      what: 'the listener for databases is not open',
      mend: 'agentguard daemon logs',
    },
  ];
}
