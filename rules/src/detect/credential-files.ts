/**
 * Files that have a form of their own for what they keep: each is read by its rules, because in `.pgpass` or a list of
 * password hashes no name stands beside a value.
 */

import { decodeBase64 } from './checks.ts';
import { isGap } from './harmless-value.ts';
import { kindOf } from './kinds.ts';
import { WEIGHT } from './match.ts';
import type { Match, TextSource } from './match.ts';
import type { Sighting } from './secret-scanner.ts';

/** Larger ones are no such files. */
const MAX_BYTES = 1024 * 1024;

/** What a reader finds in a line. Positions count characters of the line. */
interface LineFind {
  readonly kind: string;
  readonly start: number;
  readonly end: number;
  readonly why: string;
}

type LineReader = (line: string) => readonly LineFind[];

/** Finds what the scanner alone does not. @param known what it has found, which is not told twice */
export function findFileSecrets(
  bytes: Uint8Array,
  source: TextSource,
  known: readonly Sighting[],
): readonly Sighting[] {
  if (bytes.length > MAX_BYTES) return [];
  const read = readerOf(source.path);
  if (read === null) return [];
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
  return findInLines(text, bytes, read).filter(
    ({ start, end }) => !known.some((one) => one.start < end && start < one.end),
  );
}

function findInLines(text: string, bytes: Uint8Array, read: LineReader): readonly Sighting[] {
  const found: Sighting[] = [];
  let offset = 0;
  text.split('\n').forEach((line, at) => {
    for (const { kind, start, end, why } of read(line.replace(/\r$/, ''))) {
      const from = offset + start;
      const to = offset + end;
      found.push({
        match: toMatch(kind, { start: from, end: to, why }),
        start: from,
        end: to,
        line: at + 1,
        column: start + 1,
        value: bytes.slice(from, to),
      });
    }
    offset += line.length + 1;
  });
  return found;
}

function toMatch(id: string, rest: Pick<Match, 'start' | 'end' | 'why'>): Match {
  const kind = kindOf(id);
  return { kind, tier: kind.tier, weight: WEIGHT.structure, name: null, ...rest };
}

const READERS: readonly (readonly [RegExp, () => LineReader])[] = [
  [/(?:^|\/)[._]netrc$/, () => readNetrc],
  [/(?:^|\/)\.?pgpass(?:\.conf)?$/, () => readPgpass],
  [/(?:^|\/)(?:\.?htpasswd|g?shadow-?|proftpdpasswd|passwd-?|master\.passwd)$/, () => readHashes],
  [
    /(?:^|\/)(?:\.dockercfg|\.?docker\/config\.json|\.?dockerconfigjson|config\.json)$/,
    () => readDocker,
  ],
  [
    /(?:^|\/)(?:master\.key|[\w-]+\/credentials\/[\w-]+\.key|\.(?:secret|master)[_-]?key|cookie-?secret)$/,
    () => readKeyFile,
  ],
  [/(?:^|\/)(?:filezilla|recentservers|sitemanager)[^/]*\.xml$/i, () => readFilezilla],
  [/(?:^|\/)\.passwd-s3fs$|(?:^|\/)passwd-s3fs$/, () => readPairs],
  [
    /(?:^|\/)(?:kube\/config|kubeconfig[^/]*|[^/]*\.kubeconfig|\.kube\/config|config)$/,
    () => readKubeconfig,
  ],
  [/\.ya?ml$/, makeKubernetesReader],
  [/(?:^|\/)\.?npmrc$/, () => readNpmrc],
  [/\.sql$|dump[^/]*$/i, () => readHashesInSql],
  [/(?:^|\/)(?:logins|signons)\.json$/, () => readLogins],
];

function readerOf(path: string): LineReader | null {
  return READERS.find(([pattern]) => pattern.test(path))?.[1]() ?? null;
}

/** netrc(5): words, `password` in front of one. */
function readNetrc(line: string): readonly LineFind[] {
  return all(
    line,
    /(?:^|\s)(?:password|passwd)\s+(\S+)/g,
    'netrc-password',
    'the password of a host',
  );
}

/** PostgreSQL: `host:port:database:user:password`, with `\:` for a colon. */
function readPgpass(line: string): readonly LineFind[] {
  if (line.startsWith('#')) return [];
  return all(
    line,
    /^(?:(?:\\.|[^:\\]){0,200}:){4}(.{1,1000})$/g,
    'pgpass-password',
    'the last field',
  );
}

/** crypt(5), as htpasswd, shadow and their relatives list them. */
function readHashes(line: string): readonly LineFind[] {
  const hash =
    /^[^:\s#]{1,64}:((?:\$[\w-]{1,12}\$|\{\w{2,8}\})[^\s:]{8,200}|[./0-9A-Za-z]{13}|[a-f0-9]{32,64})(?=:|\s*$)/g;
  return all(line, hash, 'password-hash', 'a hash that can be tried against words');
}

/** Docker: `"auth": "..."` is user and password in base64. */
function readDocker(line: string): readonly LineFind[] {
  return all(
    line,
    /"auth"\s{0,4}:\s{0,4}"([A-Za-z0-9+/=]{8,2000})"/g,
    'docker-auth',
    'a user and a password in base64',
  ).filter(({ start, end }) => /^[^:]+:.+/.test(decodeBase64(line.slice(start, end))));
}

/** A file that is a key and nothing else. */
function readKeyFile(line: string): readonly LineFind[] {
  return all(
    line,
    /^\s{0,4}([A-Za-z0-9+/=_-]{16,512})\s{0,4}$/g,
    'master-key-file',
    'the file is the key',
  );
}

/** FileZilla: `<Pass encoding="base64">` and `<Pass>`. */
function readFilezilla(line: string): readonly LineFind[] {
  return all(
    line,
    /<Pass(?:\s[^>]{0,60})?>([^<]{3,300})<\/Pass>/g,
    'file-password',
    'a stored password',
  );
}

function readPairs(line: string): readonly LineFind[] {
  return all(line, /^[^:\s]{4,64}:([^\s:]{16,128})$/g, 'file-key', 'the second of a pair');
}

/** Kubernetes: what a user of a cluster shows. */
function readKubeconfig(line: string): readonly LineFind[] {
  const member =
    /^\s{0,20}(?:-\s)?(?:client-key-data|token|password|refresh-token|access-token|id-token):\s{1,4}["']?([^\s"']{6,8000})/g;
  return all(line, member, 'kubeconfig-credential', 'what a user of a cluster shows');
}

function readNpmrc(line: string): readonly LineFind[] {
  return all(
    line,
    /(?:^|:)_(?:auth|authToken|password)\s{0,4}=\s{0,4}["']?([^\s"']{6,1000})/g,
    'npmrc-auth',
    'what a registry is shown',
  );
}

/** mysql.user and dumps of tables of users. */
function readHashesInSql(line: string): readonly LineFind[] {
  const hash =
    /'(\$(?:2[abxy]?|1|5|6|P|H|argon2\w{1,2})\$[^'\s]{8,200}|\*[A-F0-9]{40}|pbkdf2_\w{3,8}\$[^'\s]{20,200})'/g;
  return all(
    line.slice(0, MAX_SQL_LINE),
    hash,
    'password-hash',
    'a hash that can be tried against words',
  );
}

/** A statement of a dump can be the whole table. */
const MAX_SQL_LINE = 200_000;

/** Firefox: what its key beside it opens. */
function readLogins(line: string): readonly LineFind[] {
  return all(
    line,
    /"encryptedPassword"\s{0,4}:\s{0,4}"([^"]{8,500})"/g,
    'file-password',
    'opened by a key beside it',
  );
}

/** `kind: Secret`: the values under `data` are base64, those under `stringData` are as they are. */
function makeKubernetesReader(): LineReader {
  let isSecret = false;
  let indent: number | null = null;
  return (line) => {
    if (line.startsWith('---')) [isSecret, indent] = [false, null];
    if (/^\s{0,8}kind:\s{1,4}["']?Secret\b/.test(line)) isSecret = true;
    const [, space = '', name = ''] = /^(\s{0,20})([\w.-]{1,120}):/.exec(line) ?? [];
    if (name === 'data' || name === 'stringData') {
      indent = space.length;
      return [];
    }
    if (indent === null || name === '') return [];
    if (space.length <= indent) {
      indent = null;
      return [];
    }
    if (!isSecret) return [];
    return all(
      line,
      /:\s{1,4}["']?([^\s"'|>][^\s"']{3,8000})/g,
      'kubernetes-secret',
      'the data of a secret',
    ).filter(({ start, end }) => !isGap(plain(line.slice(start, end))));
  };
}

function plain(value: string): string {
  const decoded = /^[A-Za-z0-9+/]{4,}={0,2}$/.test(value) ? decodeBase64(value) : value;
  return /^[\x20-\x7e]+$/.test(decoded) ? decoded : value;
}

/** Every match of a pattern with one group, as the place of the group. */
function all(line: string, pattern: RegExp, kind: string, why: string): readonly LineFind[] {
  return [...line.matchAll(pattern)].flatMap((match) => {
    const value = match[1] ?? '';
    if (isGap(value)) return [];
    const start = match.index + match[0].lastIndexOf(value);
    return [{ kind, start, end: start + value.length, why }];
  });
}
