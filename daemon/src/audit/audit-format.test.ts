import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { hashLeaf } from '@agentguard/rules';
import Database from 'better-sqlite3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openAuditLog } from './audit-log.ts';
import { makeEvent, makeFolder, makeSigner } from './sample-log.ts';

const PAGE = readFileSync(
  join(import.meta.dirname, '../../../docs/reference/audit-format.md'),
  'utf8',
);

const folder = makeFolder();
const copy = makeFolder();
const lines: string[] = [];

beforeAll(async () => {
  const log = await openAuditLog({ folder: folder.path, signer: makeSigner() });
  for (let at = 0; at < 10; at += 1) await log.append(makeEvent(`é ${at}`), 'written');
  await log.copyTo(copy.path);
  for await (const line of log.export()) lines.push(line);
  const notes = log.checkpoints().map((note) => `${note}\n`);
  const text = `${lines.map((line) => `${line}\n`).join('')}\n${notes.join('')}`;
  writeFileSync(join(copy.path, 'record.txt'), text);
  await log.close();
});

afterAll(() => {
  folder.remove();
  copy.remove();
});

describe('docs/reference/audit-format.md', () => {
  it('names every table and column that there is', () => {
    const database = new Database(join(copy.path, 'audit.db'), { readonly: true });
    const names = database
      .prepare<[], string>(
        `SELECT t.name || '.' || c.name FROM sqlite_schema t, pragma_table_info(t.name) c WHERE c.name <> 'one'`,
      )
      .pluck()
      .all();
    database.close();
    expect(names.length).toBeGreaterThan(15);
    const missing = names.filter((name) => {
      const [table = '', column = ''] = name.split('.');
      const row = PAGE.split('\n').find((line) => line.startsWith(`| \`${table}\``)) ?? '';
      return !row.includes(`\`${column}\``);
    });
    expect(missing).toEqual([]);
  });

  it('its commands give the hash of an entry', ({ skip }) => {
    const script = /```sh\n([\s\S]*?)```/.exec(PAGE)?.[1] ?? '';
    const programs = ['sed', 'sha256sum', 'sqlite3', 'xxd'];
    const lacking = programs.filter((name) => spawnSync('which', [name]).status !== 0);
    if (lacking.length > 0) {
      console.warn(`SKIPPED: the commands of the page were not run: no ${lacking.join(', ')}`);
      skip();
    }
    const said = execFileSync('sh', ['-c', script], { cwd: copy.path, encoding: 'utf8' });
    const hash = hashLeaf(Buffer.from(lines[7] ?? '', 'utf8')).toString('hex');
    expect(said.replaceAll(/ +-/g, '').trim().split('\n')).toEqual([hash, hash, hash]);
  });
});
