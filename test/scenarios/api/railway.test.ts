/**
 * What went wrong elsewhere, replayed against a look-alike of the provider's API: a token found in a file, and one mutation that
 * takes a volume with its backups. Then every other way to write the same request.
 */

import { gzipSync } from 'node:zlib';
import { writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { API_CANARY, startApiStage } from './api-stage.ts';
import type { ApiStage, Answerer } from './api-stage.ts';

const DATABASE_URL = 'postgres://app:behind-the-api-0123456789@db.internal/shop';

/** The requests of one run: sent one after the other by Node's own client, with what each was told. */
const SEND = `
  import { readFileSync } from 'node:fs';
  const [url, file] = process.argv.slice(1);
  const { requests, token } = JSON.parse(readFileSync(file, 'utf8'));
  for (const { method = 'POST', query = '', headers = {}, body, base64 } of requests) {
    const answer = await fetch(url + '/graphql/v2' + query, {
      method,
      headers: { authorization: 'Bearer ' + (token ?? process.env.API_TOKEN), 'content-type': 'application/json', ...headers },
      ...(method === 'GET' ? {} : { body: base64 ? Buffer.from(body, 'base64') : body }),
    });
    console.log(JSON.stringify({ status: answer.status, text: await answer.text() }));
  }
`;

interface Sent {
  readonly method?: string;
  readonly query?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly base64?: true;
}

const gql = (query: string, variables?: object, more?: object): Sent => ({
  body: JSON.stringify({ query, ...(variables === undefined ? {} : { variables }), ...more }),
});

const DELETE = 'mutation { volumeDelete(volumeId: "vol_1") }';

/** The same loss, written in every way that such servers take. */
const EVASIONS: readonly (readonly [string, Sent])[] = [
  ['plainly', gql(DELETE)],
  ['under an alias', gql('mutation { me: volumeDelete(volumeId: "vol_1") }')],
  [
    'in a fragment',
    gql('mutation { ...F } fragment F on Mutation { volumeDelete(volumeId: "vol_1") }'),
  ],
  [
    'in a nested fragment',
    gql(
      'mutation { ... on Mutation { ...F } } fragment F on Mutation { x: volumeDelete(volumeId: "vol_1") }',
    ),
  ],
  ['by a variable', gql('mutation($v: String!) { volumeDelete(volumeId: $v) }', { v: 'vol_1' })],
  [
    'behind a read',
    gql(
      `query A { me { id } } ${DELETE.replace('mutation', 'mutation B')}`,
      {},
      { operationName: 'B' },
    ),
  ],
  ['in a batch', { body: JSON.stringify([{ query: '{ me { id } }' }, { query: DELETE }]) }],
  ['in the URL', { method: 'GET', query: `?query=${encodeURIComponent(DELETE)}` }],
  [
    'in the URL of a POST',
    { query: `?query=${encodeURIComponent(DELETE)}`, body: '{"query":"{ me { id } }"}' },
  ],
  [
    'by a hash',
    {
      body: JSON.stringify({
        extensions: { persistedQuery: { version: 1, sha256Hash: 'a'.repeat(64) } },
      }),
    },
  ],
  ['with a key twice', { body: `{"query":"{ me { id } }","query":${JSON.stringify(DELETE)}}` }],
  ['with escapes', { body: `{"query":"mutation { volume\\u0044elete(volumeId: \\"vol_1\\") }"}` }],
  ['as plain text', { headers: { 'content-type': 'text/plain' }, ...gql(DELETE) }],
  ['as GraphQL itself', { headers: { 'content-type': 'application/graphql' }, body: DELETE }],
  [
    'compressed',
    {
      headers: { 'content-encoding': 'gzip' },
      body: gzipSync(JSON.stringify({ query: DELETE })).toString('base64'),
      base64: true,
    },
  ],
  [
    'inside of a JSON scalar',
    gql(
      'mutation($p: EnvironmentConfig!) { environmentPatchCommit(environmentId: "env_1", patch: $p) }',
      {
        p: { services: { svc_1: { isDeleted: true } } },
      },
    ),
  ],
  ['as the whole project', gql('mutation { projectDelete(id: "prj_1") }')],
  [
    'as a restore over it',
    gql(
      'mutation { volumeInstanceBackupRestore(volumeInstanceBackupId: "b", volumeInstanceId: "v") { workflowId } }',
    ),
  ],
];

/** What an agent does all day. */
const HARMLESS: readonly (readonly [string, Sent])[] = [
  ['who it is', gql('{ me { id name } }')],
  ['its projects', gql('query { projects { edges { node { id name } } } }')],
  [
    'its deployments',
    gql(
      'query($s: String!) { deployments(input: { serviceId: $s }) { edges { node { id status } } } }',
      { s: 'svc_1' },
    ),
  ],
  ['its logs', gql('query { deploymentLogs(deploymentId: "d_1", limit: 10) { message } }')],
];

let stage: ApiStage;

/** Answers reads; counts everything that would take something away. */
const lookAlike: Answerer = (request, response) => {
  response.setHeader('content-type', 'application/json');
  const text = request.body.toString('utf8');
  if (text.includes('variables(')) {
    response.end(JSON.stringify({ data: { variables: { DATABASE_URL, PORT: '3000' } } }));
    return;
  }
  response.end('{"data":{"me":{"id":"usr_1","name":"Ana"}}}');
};

beforeAll(async () => {
  stage = await startApiStage({ packs: ['railway'] });
  stage.answer = lookAlike;
});
afterAll(async () => {
  await stage.stop();
});
afterEach(() => {
  (stage.seen as unknown[]).length = 0;
});

interface Told {
  readonly status: number;
  readonly text: string;
}

async function send(
  requests: readonly Sent[],
  askTimeout = '0s',
  token?: string,
): Promise<readonly Told[]> {
  const file = join(tmpdir(), `ag-railway-${process.pid}.json`);
  writeFileSync(file, JSON.stringify({ requests, token }));
  const args = [process.execPath, '--input-type=module', '-e', SEND, stage.url, file];
  const { stdout, stderr } = await stage.run(args, { askTimeout });
  const told = stdout
    .trim()
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Told);
  if (told.length !== requests.length) throw new Error(`${told.length} answers: ${stderr}`);
  return told;
}

describe('the one request that took everything', () => {
  test('with a token that was found in a file opens nothing', async () => {
    const [told] = await send([gql(DELETE)], '0s', 'found-in-a-file-0123456789');
    expect(told?.status).toBe(403);
    expect(stage.seen).toEqual([]);
  });

  test('asks for the name of what would be lost, and a no loses nothing', async () => {
    const asking = stage.guard.answer('deny', 'never');
    const [told] = await send([gql(DELETE)], '20s');
    const question = await asking;
    expect(question.critical).toBe(true);
    expect(question.confirm).toBe('vol_1');
    expect(question.statement).toContain('volumeDelete');
    expect(told?.text).toContain('never');
    expect(stage.seen).toEqual([]);
  });
});

test('no other way to write it reaches the server unasked', async () => {
  const told = await send(EVASIONS.map(([, sent]) => sent));
  const passed = EVASIONS.filter((_one, at) => told[at]?.status !== 403).map(([name]) => name);
  expect(passed).toEqual([]);
  expect(stage.seen).toEqual([]);
});

test.each(['GET', 'DELETE', 'POST'])(
  'nor does the content of a %s that announces none, in HTTP/2',
  async (method) => {
    const body = JSON.stringify({ query: DELETE });
    const command = `curl -sS --http2 -X ${method} -T - -w '%{http_code}' -H 'Content-Type: application/json' -H "Authorization: Bearer $API_TOKEN" ${stage.url}/graphql/v2`;
    const { stdout } = await stage.run(['sh', '-c', command], { askTimeout: '0s', stdin: body });
    expect(stdout).toMatch(/403$/);
    expect(stage.seen).toEqual([]);
  },
);

test('ordinary reads pass without a question', async () => {
  const told = await send(HARMLESS.map(([, sent]) => sent));
  const stopped = HARMLESS.filter((_one, at) => told[at]?.status !== 200).map(([name]) => name);
  expect(stopped).toEqual([]);
  expect(stage.seen).toHaveLength(HARMLESS.length);
  expect(
    stage.seen.every(({ headers }) => headers['authorization'] === `Bearer ${API_CANARY}`),
  ).toBe(true);
});

test('variables that a person lets be read come back masked (P-36)', async () => {
  const asking = stage.guard.answer('approve');
  const [told] = await send(
    [gql('query { variables(projectId: "prj_1", environmentId: "env_1", serviceId: "svc_1") }')],
    '20s',
  );
  await asking;
  expect(JSON.parse(told?.text ?? '')).toEqual({
    data: { variables: { DATABASE_URL: '[masked by agentguard]', PORT: '3000' } },
  });
});
