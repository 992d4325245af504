/**
 * What the scan costs and how well it tells secrets from other text. Speeds are of whole processes on trees that are made
 * here; gitleaks takes its turn where it is installed. Quality is of sets that are made here, with one beginning for
 * what was tuned on and another one for what was not; no set of others is at hand.
 */

import { spawnSync } from 'node:child_process';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { findSecretSightings, redactText } from '@agentguard/rules';
import { GitStage } from '../scenarios/scan/git-stage.ts';
import { print, printTable, showSpread } from './report.ts';
import { drawTexts } from './scan-samples.ts';
import type { LabelledText } from './scan-samples.ts';
import { toSpread } from './statistics.ts';

const ROOT = join(import.meta.dirname, '../..');
const CLI = join(ROOT, 'cli/dist/agentguard.js');
const MB = 1e6;

/** Measures everything. */
export function benchScan(rounds: number): void {
  const folder = mkdtempSync(join(tmpdir(), 'bench-scan-'));
  try {
    benchTrees(folder, rounds);
    benchStaged(folder, rounds);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  benchRedaction(rounds);
  benchHostile();
  for (const seed of ['tuned on', 'held out']) tableQuality(seed);
}

function benchTrees(folder: string, rounds: number): void {
  const clean = join(folder, 'clean');
  // Real code of others: what this workspace has installed, up to some dozens of megabytes.
  copyUpTo(join(ROOT, 'node_modules/.pnpm'), clean, 55 * MB);
  const rich = join(folder, 'rich');
  writeTexts(rich, drawTexts('speed', 2400));
  const rows = [['tree', 'MB', 'scanner', 'MB/s', 'findings']];
  for (const [name, tree] of [
    ['clean code', clean],
    ['rich in credentials', rich],
  ] as const) {
    const size = sizeOf(tree);
    for (const scanner of scanners(folder)) {
      const times: number[] = [];
      let findings = 0;
      for (let round = 0; round < rounds; round += 1) {
        const started = performance.now();
        findings = scanner.run(tree);
        times.push(size / MB / ((performance.now() - started) / 1000));
      }
      const { name: who } = scanner;
      rows.push([
        name,
        (size / MB).toFixed(1),
        who,
        showSpread(toSpread(times), 1),
        String(findings),
      ]);
    }
  }
  print('whole process, megabytes a second, median (min to max)');
  printTable(rows);
}

interface Scanner {
  readonly name: string;
  run(tree: string): number;
}

function scanners(folder: string): readonly Scanner[] {
  const env = { ...process.env, AGENTGUARD_HOME: join(folder, 'home') };
  const ours: Scanner = {
    name: 'agentguard',
    run: (tree) => {
      const args = [CLI, 'scan', '--json', '.'];
      const { stdout } = spawnSync(process.execPath, args, {
        cwd: tree,
        env,
        encoding: 'utf8',
        maxBuffer: 1e9,
      });
      return (JSON.parse(stdout) as { readonly findings: readonly unknown[] }).findings.length;
    },
  };
  if (spawnSync('gitleaks', ['version']).status !== 0) return [ours];
  const gitleaks: Scanner = {
    name: 'gitleaks',
    run: (tree) => {
      const args = ['dir', '--no-banner', '--exit-code', '0', '-f', 'json', '-r', '-', tree];
      const { stdout } = spawnSync('gitleaks', args, { encoding: 'utf8', maxBuffer: 1e9 });
      return (JSON.parse(stdout) as readonly unknown[]).length;
    },
  };
  return [ours, gitleaks];
}

function copyUpTo(from: string, to: string, bytes: number): void {
  let left = bytes;
  const walk = (source: string, target: string): void => {
    for (const entry of readdirSync(source, { withFileTypes: true })) {
      if (left <= 0) return;
      const path = join(source, entry.name);
      if (entry.isDirectory()) walk(path, join(target, entry.name));
      // Machine code is passed over quickly and would flatter the figure.
      if (!entry.isFile() || !/\.(?:[cm]?[jt]s|json|md|css|html|ya?ml)$/.test(entry.name)) continue;
      left -= statSync(path).size;
      // Folders of packages count as other people's code; here they stand for a project's own.
      const own = join(target, entry.name)
        .replaceAll('node_modules', 'modules')
        .replaceAll('/dist/', '/out/');
      mkdirSync(dirname(own), { recursive: true });
      cpSync(path, own);
    }
  };
  walk(from, to);
}

/** Each labelled text between ordinary lines, as one secret lies in a file of a project. */
function writeTexts(folder: string, texts: readonly LabelledText[]): void {
  const around =
    'export function area(width: number, height: number): number {\n  return width * height;\n}\n';
  texts.forEach(({ path, text }, at) => {
    const target = join(folder, String(at % 100), String(at), path);
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, around.repeat(60) + text + around.repeat(60));
  });
}

function sizeOf(folder: string): number {
  const entries = readdirSync(folder, { withFileTypes: true, recursive: true });
  return entries.reduce(
    (sum, one) => sum + (one.isFile() ? statSync(join(one.parentPath, one.name)).size : 0),
    0,
  );
}

/** A commit of twenty files, as a hook scans it. */
function benchStaged(folder: string, rounds: number): void {
  const stage = new GitStage();
  for (let at = 0; at < 20; at += 1)
    stage.stage(`src/file-${at}.ts`, `export const a = ${at};\n`.repeat(200));
  stage.commit();
  for (let at = 0; at < 20; at += 1)
    stage.stage(`src/file-${at}.ts`, `export const b = ${at};\n`.repeat(220));
  const env = { ...process.env, AGENTGUARD_HOME: join(folder, 'home') };
  const ways = [
    { name: 'node -e 0', args: ['-e', '0'], times: [] as number[] },
    {
      name: 'scan --staged --hook',
      args: [CLI, 'scan', '--staged', '--hook'],
      times: [] as number[],
    },
  ];
  try {
    for (let turn = 0; turn < 3 + rounds * 8; turn += 1) {
      for (const { args, times } of ways) {
        const started = performance.now();
        const { status } = spawnSync(process.execPath, args, { cwd: stage.root, env });
        if (status !== 0)
          throw new Error(`the scan of a clean commit ended with ${status ?? 'a signal'}`);
        if (turn >= 3) times.push(performance.now() - started);
      }
    }
  } finally {
    stage.remove();
  }
  print('a commit of 20 files, start to end, milliseconds, median (min to max)');
  printTable([
    ['command', 'ms'],
    ...ways.map(({ name, times }) => [name, showSpread(toSpread(times), 0)]),
  ]);
}

function benchRedaction(rounds: number): void {
  const key = Buffer.from('of the benchmark');
  const row = (at: number): string =>
    `{"id":${at},"name":"customer ${at}","email":"c${at}@example.com","note":"arrives late, password known"}\n`;
  const rows = Array.from({ length: 1200 }, (_, at) => row(at))
    .join('')
    .slice(0, 100_000);
  const code = Buffer.from(
    'const value = readToken(options.key) ?? config.password;\n'.repeat(2000),
  )
    .toString()
    .slice(0, 100_000);
  const table = [['text', 'ms']];
  for (const [name, text] of [
    ['100 KB of rows', rows],
    ['100 KB of code', code],
    ['1 MB of rows', rows.repeat(10)],
  ] as const) {
    for (let warm = 0; warm < 20; warm += 1) redactText(text, { key });
    const times = Array.from({ length: rounds * 10 }, () => {
      const started = performance.now();
      redactText(text, { key });
      return performance.now() - started;
    });
    table.push([name, showSpread(toSpread(times), 2)]);
  }
  print('redaction in this process, milliseconds, median (min to max)');
  printTable(table);
}

/** Texts of nothing but beginnings; time of this process alone, because others take turns on the machine. */
function benchHostile(): void {
  const pieces = [
    ...[
      'A',
      'a.',
      'password="',
      'secret: ',
      'a://b:',
      'eyJ.',
      'eyJhbGciOiJIUzI1NiJ9.eyJ',
      '"kty"',
      'sk-ant-api03-',
    ],
    ...[
      '-----BEGIN RSA PRIVATE KEY-----\nMIIE',
      'PuTTY-User-Key-File-2: a\n',
      'bearer ',
      'curl -u a:',
      '%3a%2f%2f',
    ],
    ...[
      'glrt-',
      'ops_eyJ-',
      'SharedAccessKey=',
      'Basic dXNlcjpw ',
      'MIIEMIIEMIIEMIIEMIIE ',
      'eyJrIjoi-',
    ],
  ];
  const worst = pieces.map((piece) => {
    const text = Buffer.from(piece.repeat(Math.ceil(MB / piece.length)).slice(0, MB));
    const before = process.cpuUsage();
    findSecretSightings(text, { path: '' });
    const { user, system } = process.cpuUsage(before);
    return { piece, ms: (user + system) / 1000 };
  });
  worst.sort((one, other) => other.ms - one.ms);
  print('1 MB of hostile text, milliseconds of the processor, the worst five');
  printTable([
    ['made of', 'ms'],
    ...worst.slice(0, 5).map(({ piece, ms }) => [JSON.stringify(piece), ms.toFixed(0)]),
  ]);
}

function tableQuality(seed: string): void {
  const groups = new Map<
    string,
    { secrets: number; found: number; blocked: number; false: number; falseBlocks: number }
  >();
  for (const { path, text, group, secret } of drawTexts(seed, 4000)) {
    const sum = groups.get(group) ?? { secrets: 0, found: 0, blocked: 0, false: 0, falseBlocks: 0 };
    groups.set(group, sum);
    const finds = findSecretSightings(Buffer.from(text), { path });
    const at = secret === null ? -1 : text.indexOf(secret);
    const right = finds.filter(
      ({ start, end }) => at !== -1 && start < at + (secret?.length ?? 0) && at < end,
    );
    if (secret !== null) sum.secrets += 1;
    if (right.length > 0) sum.found += 1;
    if (right.some(({ match }) => match.tier === 'block')) sum.blocked += 1;
    const wrong = finds.filter((one) => !right.includes(one));
    sum.false += wrong.length;
    sum.falseBlocks += wrong.filter(({ match }) => match.tier === 'block').length;
  }
  const rows = [...groups].map(([group, sum]) => [
    group,
    String(sum.secrets),
    sum.secrets === 0 ? '' : (sum.found / sum.secrets).toFixed(2),
    sum.secrets === 0 ? '' : (sum.blocked / sum.secrets).toFixed(2),
    String(sum.false),
    String(sum.falseBlocks),
  ]);
  print(`quality on texts that are made here, ${seed}`);
  printTable([['group', 'secrets', 'recall', 'recall of block', 'false', 'false blocks'], ...rows]);
}
