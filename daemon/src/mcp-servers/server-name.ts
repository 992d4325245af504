/** A name for a server that was given none: the telling part of its command line. */

import { basename } from 'node:path';

/** Words that start others and name nothing. */
const STARTERS = new Set([
  'npx',
  'pnpm',
  'bunx',
  'bun',
  'yarn',
  'npm',
  'uvx',
  'uv',
  'node',
  'deno',
  'python',
  'python3',
  'docker',
  'run',
  'exec',
  'dlx',
  'x',
  'tsx',
]);

/** Makes a name that is not taken: `npx -y @scope/server-everything@1` becomes `everything`. */
export function toServerName(argv: readonly string[], isTaken: (name: string) => boolean): string {
  const words = argv.filter((word) => !word.startsWith('-'));
  const found = words.find((word) => !STARTERS.has(basename(word))) ?? words[0] ?? 'server';
  const base = basename(tellingPart(found).replace(/@[\w.^~*-]*$/, ''))
    .toLowerCase()
    .replace(/\.(?:m|c)?[jt]s$|\.py$/, '')
    .replace(/[^a-z0-9_-]+/g, '-')
    .replace(/^(?:mcp-server-|server-|mcp-)|(?:-mcp-server|-server|-mcp)$/g, '')
    .replace(/^[^a-z]+/, '')
    .slice(0, 50);
  const name = base === '' ? 'server' : base;
  for (let count = 1; ; count += 1) {
    const candidate = count === 1 ? name : `${name}-${count}`;
    if (!isTaken(candidate)) return candidate;
  }
}

/** Parts of paths that are the same for every server. */
const SAME_EVERYWHERE =
  /^(?:index|main|server|cli|dist|build|out|src|lib|bin|run|start)(?:\.(?:m|c)?[jt]s|\.py)?$/i;

/** The package that a script belongs to, or the last part of its path that is its own. */
function tellingPart(word: string): string {
  const inPackage = /\/node_modules\/((?:@[^/]+\/)?[^/]+)\/(?!.*\/node_modules\/)/.exec(word)?.[1];
  if (inPackage !== undefined) return inPackage;
  return word.split('/').findLast((part) => part !== '' && !SAME_EVERYWHERE.test(part)) ?? word;
}
