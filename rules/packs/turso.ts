/** Turso: the platform's routes, and the SQL that its databases take by HTTP. */

import type { Pack } from '../src/http/pack.ts';
import { critical, high, mint } from '../src/http/pack-words.ts';

/** Where a pipeline of libSQL holds statements. */
const STATEMENTS = ['requests.*.stmt.sql', 'requests.*.batch.steps.*.stmt.sql', 'requests.*.sql'];

export const TURSO: Pack = {
  name: 'turso',
  title: 'Turso',
  hosts: ['api.turso.tech', '*.turso.io'],
  source: 'docs.turso.tech/api-reference and the Hrana protocol of libSQL',
  date: '2026-11-21',
  operations: [
    critical(
      'DELETE /v1/organizations/{organization}/databases/{database}',
      'deletes the database {database}',
    ),
    critical(
      'DELETE /v1/organizations/{organization}/groups/{group}',
      'deletes the group {group} with its databases',
    ),
    high(
      'POST /v1/organizations/{organization}/databases/{database}/auth/rotate',
      'makes every token of the database {database} worthless',
    ),
    high(
      'POST /v1/organizations/{organization}/groups/{group}/auth/rotate',
      'makes every token of the group {group} worthless',
    ),
    mint(
      'POST /v1/organizations/{organization}/databases/{database}/auth/tokens',
      'makes a token of the database {database}',
    ),
    mint(
      'POST /v1/organizations/{organization}/groups/{group}/auth/tokens',
      'makes a token of the group {group}',
    ),
    mint('POST /v1/auth/api-tokens/{token}', 'makes the API token {token}'),
  ],
  quiet: [
    'GET /v1/organizations',
    'GET /v1/organizations/o/databases',
    'GET /v1/organizations/o/databases/d',
    'POST /v1/organizations/o/databases',
    'GET /v1/organizations/o/groups',
    'GET /v1/locations',
    'GET /v1/auth/api-tokens',
  ],
  sql: [
    { match: 'POST /v2/pipeline', at: STATEMENTS, dialect: 'other' },
    { match: 'POST /v3/pipeline', at: STATEMENTS, dialect: 'other' },
    { match: 'POST /v3/cursor', at: ['batch.steps.*.stmt.sql'], dialect: 'other' },
    { match: 'POST /v1/execute', at: ['stmt.sql'], dialect: 'other' },
  ],
};
