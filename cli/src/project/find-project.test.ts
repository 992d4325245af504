import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { resolveProject } from './find-project.ts';
import { TestProject } from './fixtures/memory-vault.ts';

const SECRET = 'tok-123456';
const CONFIG = `{"mcpServers":{"a":{"env":{"API_TOKEN":"${SECRET}"}}}}`;

let project: TestProject;
beforeEach(() => {
  project = new TestProject({ 'index.js': '', 'node_modules/x/.env': `DB_PASSWORD=${SECRET}` });
});
afterEach(() => {
  project.remove();
});

function inHome(name: string, text: string): void {
  const path = join(project.home, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}

describe('what lies in the home of the person', () => {
  test('is named where it opens doors, and never opened', async () => {
    for (const name of [
      '.aws/credentials',
      '.ssh/id_ed25519',
      '.kube/config',
      '.netrc',
      '.pgpass',
    ]) {
      inHome(name, SECRET);
    }
    const { outside, edits } = await project.plan();
    expect(outside.map(({ path }) => path)).toEqual([
      '~/.aws/credentials',
      '~/.kube/config',
      '~/.ssh',
      '~/.netrc',
      '~/.pgpass',
    ]);
    expect(edits).toEqual([]);
  });

  test('is moved only from the entry of this project', async () => {
    const entry = JSON.parse(CONFIG) as unknown;
    const projects = { [project.root]: entry, '/srv/other': entry };
    inHome('.claude.json', JSON.stringify({ projects, mcpServers: {} }, null, 2));
    await project.apply();
    const after = JSON.stringify({ projects, mcpServers: {} }, null, 2).replace(
      SECRET,
      'agentguard:rental-API_TOKEN',
    );
    expect(readFileSync(join(project.home, '.claude.json'), 'utf8')).toBe(after);
  });

  test.each([
    '.cursor/mcp.json',
    '.gemini/settings.json',
    '.config/Claude/claude_desktop_config.json',
  ])('is named where all projects share it: %s', async (name) => {
    inHome(name, CONFIG);
    const { left, edits } = await project.plan();
    expect(edits).toEqual([]);
    expect(left).toMatchObject([
      { path: `~/${name}`, name: 'API_TOKEN', why: 'it is shared by all of your projects' },
    ]);
  });
});

test.each(['/', '/no/such/folder'])('%s is no project', (folder) => {
  expect(() => resolveProject(folder)).toThrow(/project|no folder/);
});
