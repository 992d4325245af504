/** A repository for a test, and scans of it in this process. */

import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Finding, ScanResult } from '../../../cli/src/scan/finding.ts';
import { openGit } from '../../../cli/src/scan/git.ts';
import { makeProgress } from '../../../cli/src/scan/progress.ts';
import { readFolder } from '../../../cli/src/scan/read-root.ts';
import { scanHistory } from '../../../cli/src/scan/scan-history.ts';
import { readScanPolicy } from '../../../cli/src/scan/scan-settings.ts';
import { scanStaged } from '../../../cli/src/scan/scan-staged.ts';
import { scanTree } from '../../../cli/src/scan/scan-tree.ts';

/** Put together here, so that no scanner takes this file for a leak. */
export const TOKEN = ['AKIA', 'QYLPMN5HFIQR7XYA'].join('');
export const OTHER_TOKEN = ['sk-or-', 'v1-', '4f0c9d1e7b2a8c3f5d6e0a1b9c8d7e6f'.repeat(2)].join('');

/** A working copy in a folder of its own. */
export class GitStage {
  readonly root = realpathSync(mkdtempSync(join(tmpdir(), 'ag-scan-')));

  constructor(options: readonly string[] = []) {
    this.git('init', '-q', '-b', 'main', ...options, '.');
    this.git('config', 'user.name', 'somebody');
    this.git('config', 'user.email', 'somebody@example.com');
  }

  git(...args: readonly string[]): string {
    return this.gitIn(this.root, ...args);
  }

  gitIn(folder: string, ...args: readonly string[]): string {
    const env = { PATH: process.env['PATH'], HOME: this.root, GIT_CONFIG_NOSYSTEM: '1' };
    return execFileSync('git', args, { cwd: folder, env, encoding: 'utf8', stdio: 'pipe' });
  }

  write(name: string, content: string | Uint8Array): void {
    const path = join(this.root, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, content);
  }

  /** Writes and stages. */
  stage(name: string, content: string | Uint8Array): void {
    this.write(name, content);
    this.git('add', '-f', '--', name);
  }

  commit(message = 'a commit'): void {
    this.git('commit', '-q', '--allow-empty', '--no-verify', '-m', message);
  }

  /** @param folder where git is started */
  async scanStaged(folder = this.root): Promise<ScanResult> {
    return scanStaged(openGit(folder), await this.policy());
  }

  async scanHistory(range: string | null = null): Promise<ScanResult> {
    const options = { range: { range }, progress: makeProgress(null) };
    return scanHistory(openGit(this.root), await this.policy(), options);
  }

  async scanTree(...paths: readonly string[]): Promise<ScanResult> {
    const absolute = (paths.length === 0 ? ['.'] : paths).map((path) => join(this.root, path));
    const policy = await this.policy();
    return scanTree({ root: this.root, paths: absolute, policy, progress: makeProgress(null) });
  }

  policy(): ReturnType<typeof readScanPolicy> {
    return readScanPolicy(readFolder(this.root), null);
  }

  remove(): void {
    rmSync(this.root, { recursive: true, force: true });
  }
}

/** `PATH:LINE KIND` of what counts. */
export function shown({ findings }: { readonly findings: readonly Finding[] }): readonly string[] {
  return findings
    .filter(({ allowed }) => allowed === null)
    .map(({ path, line, kind }) => `${path}:${line} ${kind}`)
    .sort();
}
