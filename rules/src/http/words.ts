/** Names of operations, routes and resources to words, and words to what they mean. */

/** `volumeInstanceBackupDelete`, `delete-by-tags`, `DeleteDBCluster` to lower-case words. */
export function toWords(name: string): readonly string[] {
  return name
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .replace(/([A-Z]+)([A-Z][a-z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== '');
}

/** `volumes` to `volume`, `policies` to `policy`. */
export function toSingular(word: string): string {
  if (/(ss|us|is)$/.test(word)) return word;
  if (word.endsWith('ies')) return `${word.slice(0, -3)}y`;
  if (/(xes|ches|shes|sses)$/.test(word)) return word.slice(0, -2);
  return word.endsWith('s') ? word.slice(0, -1) : word;
}

/** What takes away for good, wherever it stands in a name. */
export const DESTROYING: ReadonlySet<string> = new Set([
  ...['delete', 'deletes', 'deletion', 'destroy', 'drop', 'erase', 'wipe', 'purge', 'truncate'],
  ...['remove', 'removes', 'terminate', 'kill', 'nuke', 'flush', 'empty', 'expunge', 'obliterate'],
  ...['rebuild', 'reinstall', 'format', 'reimage', 'decommission', 'teardown', 'unprovision'],
  ...['flushall', 'flushdb', 'clear', 'redact', 'undeploy', 'uninstall', 'trash', 'discard'],
  ...['del', 'rm', 'shred', 'deprovision', 'cleanup', 'prune'],
]);

/** What replaces, cuts off or stops: bad, though something is left. */
export const HARMING: ReadonlySet<string> = new Set([
  ...['reset', 'restore', 'rollback', 'revert', 'rotate', 'revoke', 'detach', 'disable', 'suspend'],
  ...['stop', 'pause', 'shutdown', 'poweroff', 'halt', 'deactivate', 'disconnect', 'failover'],
  ...['transfer', 'evict', 'drain', 'release', 'deregister', 'disassociate', 'void', 'reject'],
  ...['close', 'unlink', 'undo', 'expire', 'invalidate', 'abort', 'unassign', 'leave', 'downgrade'],
  ...['deauthorize', 'unsubscribe', 'withdraw', 'quarantine', 'freeze', 'dangerously', 'forfeit'],
  ...['hibernate', 'overwrite', 'takeover', 'switchover', 'unregister', 'delink', 'destructive'],
]);

/** What undoes harm, or only prepares something: its neighbours in a name lose their meaning. */
const LIFTING: ReadonlySet<string> = new Set([
  'undelete',
  'cancel',
  'preview',
  'validate',
  'check',
]);

/** What people would miss most. Deleting one of these is critical. */
const PRECIOUS: ReadonlySet<string> = new Set([
  ...['volume', 'disk', 'database', 'db', 'cluster', 'instance', 'server', 'droplet', 'project'],
  ...['namespace', 'environment', 'repo', 'repository', 'bucket', 'zone', 'backup', 'snapshot'],
  ...['org', 'organization', 'organisation', 'account', 'workspace', 'app', 'application', 'table'],
  ...['dataset', 'collection', 'keyspace', 'vault', 'stack', 'tenant', 'subscription'],
  ...['postgre', 'postgres', 'mysql', 'redis', 'mongodb', 'filesystem', 'share', 'vm'],
  ...['domain', 'registry', 'site', 'queue', 'stream', 'customer', 'pvc'],
  ...['machine', 'storage', 'schema', 'branch', 'kms'],
]);

/** What is taken off again in everyday work. */
const MILD: ReadonlySet<string> = new Set([
  ...['label', 'tag', 'reaction', 'star', 'starred', 'assignee', 'pin', 'lock', 'like', 'follow'],
  ...['watch', 'watcher', 'following', 'draft', 'reviewer', 'milestone', 'comment', 'bookmark'],
  ...['favorite', 'vote', 'subscriber', 'thread', 'notification', 'message', 'session', 'log'],
]);

/** Those that are only taken off: no loss at all. */
const TRIFLES: ReadonlySet<string> = new Set([
  ...['label', 'tag', 'reaction', 'star', 'starred', 'assignee', 'pin', 'like', 'follow', 'vote'],
  ...['watch', 'following', 'reviewer', 'bookmark', 'favorite', 'lock', 'thread'],
]);

export type Weight = 'critical' | 'high' | 'medium' | 'trifle';

/** How much the loss of a thing weighs, by its name: `managedClusters`, `persistentvolumeclaims`. */
export function weightOf(noun: string): Weight {
  const words = toWords(noun).map(toSingular);
  const last = words.at(-1) ?? '';
  if (TRIFLES.has(last)) return 'trifle';
  if (PRECIOUS.has(last)) return 'critical';
  return MILD.has(last) ? 'medium' : 'high';
}

/** Verbs after which a harmful word is a thing: `createRelease`, `addTransfer`. */
const MAKING: ReadonlySet<string> = new Set([
  ...['create', 'add', 'get', 'list', 'update', 'new', 'upsert', 'publish', 'fetch', 'read'],
]);

/** What the words of a name say that is done: for good, harmfully, or nothing of both. */
export function harmOf(name: string): 'destroy' | 'harm' | null {
  const words = toWords(name);
  if (words.some((word) => LIFTING.has(word))) return null;
  if (words.some((word) => DESTROYING.has(word))) return 'destroy';
  const [first = ''] = words;
  if (!MAKING.has(first) && words.some((word) => HARMING.has(word))) return 'harm';
  return GLUED.test(first) ? 'destroy' : null;
}

/** `deletejobqueue`, `removeuser`: words that nothing separates. */
const GLUED = /^(delete|destroy|terminate|purge|remove)[a-z]{3,}/;
