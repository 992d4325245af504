import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { findEnvSites } from './env-sites.ts';
import { findJsonSites } from './json-sites.ts';
import { readProjectFile } from './read-project-file.ts';
import type { ProjectFile } from './read-project-file.ts';
import type { Findings } from './site.ts';
import { findTomlSites } from './toml-sites.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sites-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

function lay(text: string): ProjectFile {
  const path = join(folder, 'file');
  writeFileSync(path, text);
  const read = readProjectFile(path, 'file');
  if (read.kind !== 'file') throw new Error('the file cannot be read');
  return read.file;
}

/** Each site by its name and line, and the text at its place. */
function shown(text: string, { sites }: Findings): readonly string[] {
  return sites.map(({ name, line, start, end }) => `${line} ${name} ${text.slice(start, end)}`);
}

const json = (text: string, path: readonly string[] = []): Findings =>
  findJsonSites(lay(text), { path: [...path], takesVariables: false });

describe('secrets in JSON settings', () => {
  test.each<[string, string, readonly string[]]>([
    [
      'env',
      '{"mcpServers":{"a":{"env":{"API_TOKEN":"tok-123456","PORT":"1"}}}}',
      ['1 API_TOKEN tok-123456'],
    ],
    ['environment', '{"mcp":{"a":{"environment":{"DB_PASSWORD":"x"}}}}', ['1 DB_PASSWORD x']],
    [
      'headers',
      '{\n"headers":{"Authorization":"Bearer tok-123456"}}',
      ['2 Authorization tok-123456'],
    ],
    [
      'options',
      '{"args":["-y","--api-key","key-123456","--token=tok-123456"]}',
      ['1 api-key key-123456', '1 token tok-123456'],
    ],
    [
      'comments and commas',
      '{ // x\n "env": { "API_TOKEN": "tok-123456", }, }',
      ['2 API_TOKEN tok-123456'],
    ],
    ['escapes', '{"env":{"DB_PASSWORD":"a\\"b\\u0041"}}', ['1 DB_PASSWORD a\\"b\\u0041']],
    [
      'references',
      '{"env":{"API_TOKEN":"${TOKEN}","B_TOKEN":"{env:X}","C_TOKEN":"agentguard:x"}}',
      [],
    ],
    ['other settings', '{"permissions":{"allow":["Bash(password=x)"]},"token":"tok-123456"}', []],
  ])('in %s', (_name, text, places) => {
    expect(shown(text, json(text))).toEqual(places);
  });

  test('are those of one project only, where a file is about many', () => {
    const text =
      '{"projects":{"/a":{"env":{"A_TOKEN":"tok-aaaaaa"}},"/b":{"env":{"B_TOKEN":"tok-bbbbbb"}}}}';
    expect(shown(text, json(text, ['projects', '/b']))).toEqual(['1 B_TOKEN tok-bbbbbb']);
    expect(json(text, ['projects', '/c'])).toEqual({ sites: [], left: [] });
  });

  test('read as what programs read', () => {
    const { sites } = json('{"env":{"DB_PASSWORD":"a\\"b\\u0041"}}');
    expect(sites[0]?.value.unsafeReveal()).toBe('a"bA');
  });
});

describe('secrets in TOML settings', () => {
  test.each<[string, string, readonly string[]]>([
    [
      'a table',
      '[mcp_servers.a.env]\nAPI_TOKEN = "tok-123456" # x\nPORT = "1"\n',
      ['2 API_TOKEN tok-123456'],
    ],
    ['an inline table', "[mcp_servers.a]\nenv = { DB_PASSWORD = 'p w' }\n", ['2 DB_PASSWORD p w']],
    [
      'headers',
      '[mcp_servers.a.http_headers]\n"X-Api-Key" = "key-123456"\n',
      ['2 X-Api-Key key-123456'],
    ],
    [
      'the right one of two',
      '# tok-123456\n[a]\nname = "tok-123456"\n[b.env]\nAPI_TOKEN = "tok-123456"\n',
      ['5 API_TOKEN tok-123456'],
    ],
    ['other settings', 'model = "x"\n[a]\ntoken_limit = 5\n', []],
  ])('in %s', (_name, text, places) => {
    expect(shown(text, findTomlSites(lay(text)))).toEqual(places);
  });

  test('that are written with escapes are named and left', () => {
    const { sites, left } = findTomlSites(lay('[a.env]\nDB_PASSWORD = "a\\tb"\n'));
    expect(sites).toEqual([]);
    expect(left[0]?.name).toBe('DB_PASSWORD');
    expect(left[0]?.why).toContain('by hand');
  });

  test('of a file that is no TOML are not looked for, and nothing of it is quoted', () => {
    const { sites, left } = findTomlSites(lay('[a.env\nDB_PASSWORD = "hunter2"\n'));
    expect(sites).toEqual([]);
    expect(JSON.stringify(left)).not.toContain('hunter2');
    expect(left).toHaveLength(1);
  });
});

describe('secrets in .env files', () => {
  test('stand where they are said to, whatever surrounds them', () => {
    const text =
      '\uFEFF#c\r\nexport A_TOKEN = "tok 12345" # x\r\n\r\n# B_TOKEN=tok-bbbbbb\r\nC_TOKEN=Bearer tok-cccccc';
    expect(shown(text, findEnvSites(lay(text), 'dotenv'))).toEqual([
      '2 A_TOKEN tok 12345',
      '5 C_TOKEN tok-cccccc',
      '4 B_TOKEN tok-bbbbbb',
    ]);
  });
});
