/** Files as they lie on a disk, as bad as they come; histories; and what other scanners were told. */

import { execFileSync, spawnSync } from 'node:child_process';
import { closeSync, openSync, symlinkSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { toGitleaksReport } from '../../../cli/src/scan/report-json.ts';
import { toSarif } from '../../../cli/src/scan/report-sarif.ts';
import { toTextReport } from '../../../cli/src/scan/report-text.ts';
import { GitStage, OTHER_TOKEN, TOKEN, shown } from './git-stage.ts';

const AWS = 'aws-access-key-id';
const CLI = join(import.meta.dirname, '../../../cli/src/main.ts');

let stage: GitStage;
beforeEach(() => {
  stage = new GitStage();
});
afterEach(() => {
  stage.remove();
});

describe('a tree', () => {
  test('is scanned but for what git ignores, which is listed; files of credentials are looked at all the same', async () => {
    stage.write('.gitignore', 'out/\n.env\n*.log\n');
    stage.stage('kept.txt', TOKEN);
    stage.write('new.txt', TOKEN);
    stage.write('out/built.txt', TOKEN);
    stage.write('a.log', TOKEN);
    stage.write('.env', `K=${TOKEN}\n`);
    const result = await stage.scanTree();
    expect(shown(result)).toEqual([`.env:1 ${AWS}`, `kept.txt:1 ${AWS}`, `new.txt:1 ${AWS}`]);
    expect(result.findings.find(({ path }) => path === '.env')?.place).toEqual({ kind: 'local' });
    expect(result.skipped).toContainEqual({ path: 'out/', why: 'ignored by git' });
    expect(result.skipped).toContainEqual({ path: 'a.log', why: 'ignored by git' });
  });

  test('may hold loops of links, pipes, archives, odd names and other repositories', async () => {
    symlinkSync('.', join(stage.root, 'loop'));
    symlinkSync('/etc/passwd', join(stage.root, 'away'));
    stage.write('a.gz', gzipSync(TOKEN));
    stage.write('bad-\u0001-name\n.txt', TOKEN);
    const inner = join(stage.root, 'inner');
    stage.git('init', '-q', inner);
    stage.write('inner/.gitignore', 'b.txt\n');
    stage.write('inner/a.txt', TOKEN);
    stage.write('inner/b.txt', TOKEN);
    execFileSync('mkfifo', [join(stage.root, 'pipe')]);
    const result = await stage.scanTree();
    expect(shown(result)).toEqual([`bad-\u0001-name\n.txt:1 ${AWS}`, `inner/a.txt:1 ${AWS}`]);
    const why = Object.fromEntries(result.skipped.map((one) => [one.path, one.why]));
    expect(why).toMatchObject({ loop: 'symbolic link', away: 'symbolic link', 'a.gz': 'archive' });
    const text = toTextReport(result, { strict: false, verbose: true }).join('\n');
    expect(text).toContain('bad-<U+0001>-name<LF>.txt:1');
  });

  test('may hold a line of a hundred million characters, and its memory stays small', async () => {
    const file = openSync(join(stage.root, 'long.txt'), 'w');
    const piece = Buffer.from('a long line of words '.repeat(50_000));
    for (let at = 0; at < 100; at += 1) writeSync(file, piece);
    writeSync(file, ` ${TOKEN}`);
    closeSync(file);
    const before = process.memoryUsage().arrayBuffers;
    expect(shown(await stage.scanTree('long.txt'))).toEqual([`long.txt:1 ${AWS}`]);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(64 * 1024 * 1024);
  });

  test('that cannot be read as a whole ends in 2, and says what', () => {
    stage.write('a.txt', 'x');
    const args = ['scan', 'a.txt', '/proc/self/mem'];
    const ended = spawnSync(process.execPath, [CLI, ...args], {
      cwd: stage.root,
      encoding: 'utf8',
    });
    expect(ended.status).toBe(2);
    expect(ended.stdout).toContain('proc/self/mem (EIO)');
  });

  test.each([
    ['nothing', 'a.txt', 'x', 0],
    ['a token', 'a.txt', TOKEN, 1],
    ['a warning', 'a.py', 'api_key = "q8Zt4Lw9Xv2Kp7Rb1Nd6"', 0],
  ])('with %s ends in its exit code', (_, name, text, code) => {
    stage.write(name, text);
    const env = { ...process.env, AGENTGUARD_HOME: join(stage.root, '.git/home') };
    const ended = spawnSync(process.execPath, [CLI, 'scan'], {
      cwd: stage.root,
      env,
      encoding: 'utf8',
    });
    expect(ended.status).toBe(code);
    expect(ended.stdout + ended.stderr).not.toContain(TOKEN);
  });

  test('that is not there, and a scan of two things at once, end in 2', () => {
    for (const args of [['gone.txt'], ['--staged', '--stdin'], ['--history', 'no-such-branch']]) {
      const ended = spawnSync(process.execPath, [CLI, 'scan', ...args], {
        cwd: stage.root,
        encoding: 'utf8',
      });
      expect(ended.status).toBe(2);
    }
  });
});

describe('a history', () => {
  test('has each content once, whatever merges, branches and stashes brought it in, and its messages', async () => {
    stage.stage('a.txt', `one\n${TOKEN}\n`);
    stage.commit(`a message with ${OTHER_TOKEN}`);
    const first = stage.git('rev-parse', 'HEAD').trim();
    stage.git('mv', 'a.txt', 'b.txt');
    stage.commit();
    stage.git('rm', '-q', 'b.txt');
    stage.commit();
    stage.stage('c.txt', 'x');
    stage.commit();
    stage.stage('c.txt', `stashed ${TOKEN}\n`);
    stage.git('stash', '-q');
    const result = await stage.scanHistory();
    expect(
      result.findings.map(({ path, kind }) => `${path.replace(/ .*/, '')} ${kind}`).sort(),
    ).toEqual([`a.txt ${AWS}`, `c.txt ${AWS}`, 'commit openrouter-key']);
    const found = result.findings.find(({ path }) => path === 'a.txt');
    expect(found?.place).toMatchObject({ commit: first });
  });

  test('has what only a merge itself added', async () => {
    stage.stage('a.txt', 'base\n');
    stage.commit();
    stage.git('checkout', '-q', '-b', 'side');
    stage.stage('b.txt', 'side\n');
    stage.commit();
    stage.git('checkout', '-q', 'main');
    stage.stage('c.txt', 'main\n');
    stage.commit();
    stage.git('merge', '-q', '--no-commit', 'side');
    stage.stage('d.txt', TOKEN);
    stage.commit('the merge');
    expect(shown(await stage.scanHistory('HEAD~1..HEAD'))).toEqual([`d.txt:1 ${AWS}`]);
    expect(shown(await stage.scanHistory('HEAD~1'))).toEqual([]);
  });

  test('may be empty, and may be shallow, which is said', async () => {
    expect(shown(await stage.scanHistory())).toEqual([]);
    stage.stage('a.txt', 'x');
    stage.commit();
    stage.stage('a.txt', 'y');
    stage.commit();
    const clone = new GitStage();
    clone.git('fetch', '-q', '--depth=1', `file://${stage.root}`, 'main:other');
    expect((await clone.scanHistory()).notes.join()).toContain('shallow');
    clone.remove();
  });
});

describe('what a project has allowed', () => {
  beforeEach(() => {
    stage.stage('a.txt', `x\n${TOKEN}\n`);
    stage.stage('docs/b.txt', `${TOKEN}\n`);
  });

  test.each([
    [
      '.gitleaksignore, by line',
      '.gitleaksignore',
      '# ours\na.txt:aws-access-token:2\n',
      ['docs/b.txt'],
    ],
    [
      '.gitleaks.toml, by path',
      '.gitleaks.toml',
      '[extend]\nuseDefault = true\n[allowlist]\npaths = ["^docs/.*"]\n',
      ['a.txt'],
    ],
    [
      '.gitleaks.toml, by value',
      '.gitleaks.toml',
      '[[allowlists]]\nregexes = ["AKIA(?i:qyl)[A-Z0-9]+"]\n',
      [],
    ],
    [
      '.gitleaks.toml, by word and path',
      '.gitleaks.toml',
      '[[rules]]\nid = "a"\n[[rules.allowlists]]\ncondition = "AND"\nstopwords = ["qylpmn"]\npaths = ["a.txt"]\n',
      ['docs/b.txt'],
    ],
    [
      'agentguard.yaml, by path',
      'agentguard.yaml',
      'version: 1\nscan:\n  exclude: ["docs/**"]\n',
      ['a.txt'],
    ],
    [
      'agentguard.yaml, by kind',
      'agentguard.yaml',
      `version: 1\nscan:\n  kinds:\n    off: [${AWS}]\n`,
      [],
    ],
    [
      'nobody: a comment quiets no token',
      'c.txt',
      `${TOKEN} # gitleaks:allow\n`,
      ['a.txt', 'c.txt', 'docs/b.txt'],
    ],
  ])('is not told of again: %s', async (_, name, text, left) => {
    stage.stage(name, text);
    const paths = shown(await stage.scanTree()).map((line) => line.replace(/:.*/, ''));
    expect(paths).toEqual(left);
  });

  test('holds for one value in one file, wherever its line goes, until its day', async () => {
    stage.write('agentguard.yaml', `version: 1\nscan:\n  fingerprint_key: ${'ab'.repeat(16)}\n`);
    const [found] = (await stage.scanTree('a.txt')).findings;
    const allow = (expires: string): void => {
      const entry = `    - fingerprint: ${found?.fingerprint ?? ''}\n      reason: closed\n      expires: ${expires}\n`;
      stage.write(
        'agentguard.yaml',
        `version: 1\nscan:\n  fingerprint_key: ${'ab'.repeat(16)}\n  allow:\n${entry}`,
      );
    };
    allow('2999-01-01');
    stage.write('a.txt', `x\n\n\n\n${TOKEN}\n`);
    expect(shown(await stage.scanTree())).toEqual([`docs/b.txt:1 ${AWS}`]);
    allow('2020-01-01');
    const late = await stage.scanTree();
    expect(shown(late)).toHaveLength(2);
    expect(late.notes.join()).toContain('expired');
  });

  test('that cannot be understood is an error, and not nothing', async () => {
    stage.write('agentguard.yaml', 'version: 1\nscan:\n  exlude: []\n');
    await expect(stage.scanTree()).rejects.toThrow('scan');
    stage.write('agentguard.yaml', 'version: 1\n');
    stage.write('.gitleaks.toml', '[allowlist]\npaths = ["(?=x)"]\n');
    await expect(stage.scanTree()).rejects.toThrow('none of gitleaks');
  });
});

describe('P-76: the answer', () => {
  test('holds no secret, in any form', async () => {
    const password = 'h7Gq2pLx' + 'w9Zt4Kv1';
    stage.stage(
      '.env',
      `K=${TOKEN}\nDB_PASSWORD=${password}\nU=redis://:${password}@cache.internal/1\n`,
    );
    const result = await stage.scanTree();
    expect(result.findings).toHaveLength(3);
    const forms = [
      JSON.stringify(result),
      JSON.stringify(toSarif(result)),
      JSON.stringify(toGitleaksReport(result)),
    ];
    for (const text of [...forms, toTextReport(result, { strict: true, verbose: true }).join()]) {
      expect(text).not.toContain(TOKEN);
      expect(text).not.toContain(password);
    }
  });

  test('as SARIF names its rules, places them below the root and keeps its fingerprints when lines move', async () => {
    stage.stage('a b/ü.txt', `${TOKEN}\n`);
    const first = toSarif(await stage.scanTree()) as unknown as Sarif;
    stage.stage('a b/ü.txt', `\n\n${TOKEN}\n`);
    const second = toSarif(await stage.scanTree()) as unknown as Sarif;
    const [one, other] = [first, second].map(({ runs }) => runs[0]!.results[0]!);
    expect(one?.locations[0]?.physicalLocation.artifactLocation.uri).toBe('a%20b/%C3%BC.txt');
    expect(other?.partialFingerprints).toEqual(one?.partialFingerprints);
    expect(first.runs[0]!.tool.driver.rules[one!.ruleIndex]?.id).toBe(one?.ruleId);
  });
});

interface Sarif {
  readonly runs: readonly {
    readonly tool: { readonly driver: { readonly rules: readonly { readonly id: string }[] } };
    readonly results: readonly {
      readonly ruleId: string;
      readonly ruleIndex: number;
      readonly locations: readonly {
        readonly physicalLocation: { readonly artifactLocation: { readonly uri: string } };
      }[];
      readonly partialFingerprints: Readonly<Record<string, string>>;
    }[];
  }[];
}
