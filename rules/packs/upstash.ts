/** Upstash: what destroys, reveals and mints. */

import type { Pack } from '../src/http/pack.ts';
import { critical, high, mint, reveal } from '../src/http/pack-words.ts';

export const UPSTASH: Pack = {
  name: 'upstash',
  title: 'Upstash',
  hosts: ['api.upstash.com'],
  source: 'upstash.com/docs/devops/developer-api',
  date: '2026-11-21',
  operations: [
    critical('DELETE /v2/redis/database/{database}', 'deletes the database {database}'),
    high('DELETE /v2/teams/member', 'deletes the member'),
    critical('DELETE /v2/vector/index/{index}', 'deletes the index {index}'),
    mint(
      'POST /v2/redis/reset-password/{database}',
      'makes a new password of the database {database}',
    ),
    reveal('GET /v2/redis/database/{database}', 'shows the database {database} with its password'),
    reveal('GET /v2/redis/databases', 'shows all databases with their passwords'),
  ],
  quiet: [
    'GET /v2/redis/stats/d',
    'GET /v2/teams',
    'POST /v2/redis/database',
    'GET /v2/kafka/clusters',
    'POST /v2/redis/rename/d',
    'POST /v2/redis/enable-tls/d',
  ],
};
