/** Scans every content that a history ever had, each once, and the messages of its commits and tags. */

import { Collector } from './collector.ts';
import { MAX_WHOLE_BYTES, lookThrough, lookThroughPieces } from './content.ts';
import type { Finding, ScanResult } from './finding.ts';
import { toShownPath } from './git.ts';
import type { Git } from './git.ts';
import { ObjectReader } from './object-reader.ts';
import type { StoredObject } from './object-reader.ts';
import type { Progress } from './progress.ts';
import { ScanError } from './scan-error.ts';
import type { ScanPolicy } from './scan-settings.ts';

/** Looking up a commit walks the history; beyond these the first ones say enough. */
const MAX_LOOKED_UP = 100;

/** What is walked: everything that anything leads to, or what the person named. */
export interface HistoryRange {
  /** As git takes it: `main..feature`. Null for every branch, tag, stash and log. */
  readonly range: string | null;
  /** Commits that were there before, whose contents do not count. */
  readonly without?: readonly string[];
}

/** Scans the history. */
export async function scanHistory(
  git: Git,
  policy: ScanPolicy,
  { range, progress }: { readonly range: HistoryRange; readonly progress: Progress },
): Promise<ScanResult> {
  const collector = new Collector(policy);
  const walked = toWalk(git, range);
  const names = listObjects(git, walked);
  const ids = [...names.keys()];
  progress.expect(ids.length, 'objects');
  const reader = new ObjectReader(git);
  try {
    for await (const object of reader.objects(ids)) {
      await lookAt(object, names.get(object.id) ?? '', collector);
      progress.step();
    }
  } finally {
    reader.close();
    progress.end();
  }
  if (isShallow(git))
    collector.note('the repository is shallow: older history is not here and was not looked at');
  const result = collector.result();
  return { ...result, findings: withCommits(git, walked, result.findings) };
}

/** What git is asked to walk: some of it by its input, because a repository may have more tips than a line has room. */
interface Walk {
  readonly args: readonly string[];
  readonly input: string;
}

function toWalk(git: Git, { range, without = [] }: HistoryRange): Walk {
  if (range === null) {
    return {
      args: ['--all', '--reflog', '--stdin'],
      input: without.map((id) => `^${id}\n`).join(''),
    };
  }
  // A range is no option, whatever it begins with.
  const parts = git.tryRead(['rev-parse', '--revs-only', '--end-of-options', range]);
  const revisions = (parts?.toString('latin1') ?? '')
    .split('\n')
    .filter((one) => /^\^?[0-9a-f]{40,64}$/.test(one));
  if (revisions.length === 0) {
    throw new ScanError(`\`${range}\` names no commits`, 'as git takes it: main..HEAD');
  }
  return { args: ['--stdin'], input: revisions.map((one) => `${one}\n`).join('') };
}

/** Every object with one of its names; commits and tags have none. */
function listObjects(git: Git, { args, input }: Walk): ReadonlyMap<string, string> {
  const out = git.read(['rev-list', '--objects', ...args], input);
  const names = new Map<string, string>();
  for (const line of out.toString('latin1').split('\n')) {
    if (line === '') continue;
    const space = line.indexOf(' ');
    const id = space === -1 ? line : line.slice(0, space);
    names.set(id, space === -1 ? '' : toShownPath(line.slice(space + 1)));
  }
  return names;
}

async function lookAt(object: StoredObject, name: string, collector: Collector): Promise<void> {
  if (object.type === 'tree') return;
  const isBlob = object.type === 'blob';
  const path = isBlob ? name : `${object.type} ${object.id.slice(0, 12)}`;
  if (isBlob && collector.excludes(path)) return;
  const looked =
    object.size > MAX_WHOLE_BYTES
      ? await lookThroughPieces(object.pieces(), path)
      : lookThrough(await readMessageOrBlob(object, isBlob), path);
  const commit = object.type === 'commit' ? object.id : null;
  collector.add(looked, { path, place: { kind: 'history', blob: object.id, commit } });
}

/** gitformat: headers of a commit hold names and signatures, no words of a person. */
async function readMessageOrBlob(object: StoredObject, isBlob: boolean): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of object.pieces()) pieces.push(Buffer.from(piece));
  const bytes = Buffer.concat(pieces);
  const message = isBlob ? -1 : bytes.indexOf('\n\n');
  return message === -1 ? bytes : bytes.subarray(message + 2);
}

function isShallow(git: Git): boolean {
  return (
    git.tryRead(['rev-parse', '--is-shallow-repository'])?.toString('latin1').trim() === 'true'
  );
}

/** The first commit that brought each content in. */
function withCommits(git: Git, walked: Walk, findings: readonly Finding[]): readonly Finding[] {
  const known = new Map<string, string | null>();
  return findings.map((finding) => {
    const { place } = finding;
    if (place.kind !== 'history' || place.commit !== null) return finding;
    let commit = known.get(place.blob);
    if (commit === undefined) {
      commit = known.size < MAX_LOOKED_UP ? firstCommitOf(git, walked, place.blob) : null;
      known.set(place.blob, commit);
    }
    return { ...finding, place: { ...place, commit } };
  });
}

function firstCommitOf(git: Git, walked: Walk, blob: string): string | null {
  const out = git.tryRead(
    [
      ...['log', '--no-textconv', '--no-ext-diff', '--no-show-signature', '--no-color', '-m'],
      ...[
        '--root',
        '--format=%H',
        '-s',
        '--topo-order',
        '--reverse',
        `--find-object=${blob}`,
        ...walked.args,
      ],
    ],
    walked.input,
  );
  return (
    out
      ?.toString('latin1')
      .split('\n')
      .find((line) => /^[0-9a-f]{40,64}$/.test(line)) ?? null
  );
}
