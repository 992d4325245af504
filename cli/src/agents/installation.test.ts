import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { AGENT_FILES, AGENTS } from './agent-file.ts';
import type { AgentName, HookParts } from './agent-file.ts';
import { install, listAgents, planInstall, uninstall } from './installation.ts';
import type { AgentPlace } from './installation.ts';

const PARTS: HookParts = { address: { host: '127.0.0.1', port: 1 }, program: ['/n', '/h.js'] };
const ODD = '{\r\n\t"a" : [1,2 ,],  // mine\r\n   "model":"x" }  \r\n\r\n';

let folder: string;
let place: AgentPlace;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ag-agents-'));
  place = { home: join(folder, 'home'), keep: join(folder, 'state/agents') };
  mkdirSync(join(place.home, '.claude'), { recursive: true });
  mkdirSync(join(folder, 'state'), { mode: 0o700 });
});

afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

const fileOf = (agent: AgentName): string => join(place.home, AGENT_FILES[agent]);
const put = (agent: AgentName): void => {
  install(planInstall(agent, place, PARTS), place);
};

test('taking the hooks out restores every byte and the mode', () => {
  writeFileSync(fileOf('claude'), ODD, { mode: 0o640 });
  put('claude');
  expect(readFileSync(fileOf('claude'), 'utf8')).toContain('/hook/claude');
  expect(uninstall('claude', place, false)).toBe(true);
  expect(readFileSync(fileOf('claude'), 'utf8')).toBe(ODD);
  expect(statSync(fileOf('claude')).mode & 0o777).toBe(0o640);
});

test.each(AGENTS)('a file of %s that was not there before is gone again', (agent) => {
  put(agent);
  expect(existsSync(fileOf(agent))).toBe(true);
  uninstall(agent, place, false);
  expect(existsSync(fileOf(agent))).toBe(false);
});

test('a file that was edited since is left alone, unless it is forced', () => {
  writeFileSync(fileOf('claude'), ODD);
  put('claude');
  writeFileSync(fileOf('claude'), '{"mine":1}');
  expect(() => uninstall('claude', place, false)).toThrow(/edited since/);
  expect(readFileSync(fileOf('claude'), 'utf8')).toBe('{"mine":1}');
  expect(uninstall('claude', place, true)).toBe(true);
  expect(readFileSync(fileOf('claude'), 'utf8')).toBe(ODD);
});

test('installing twice, or taking out what is not there, changes nothing', () => {
  expect(uninstall('claude', place, false)).toBe(false);
  put('claude');
  expect(() => planInstall('claude', place, PARTS)).toThrow(/are installed/);
});

test('a link is left to whoever made it', () => {
  symlinkSync('/etc/passwd', fileOf('claude'));
  expect(() => planInstall('claude', place, PARTS)).toThrow(/left as it is/);
});

test('the list says how each stands', () => {
  put('claude');
  put('codex');
  writeFileSync(fileOf('codex'), '{}');
  const states = Object.fromEntries(listAgents(place).map(({ agent, state }) => [agent, state]));
  expect(states).toMatchObject({ claude: 'installed', codex: 'changed', gemini: 'not installed' });
});
