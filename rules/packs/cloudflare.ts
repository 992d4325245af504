/** Cloudflare: what destroys, reveals and mints. */

import type { Pack } from '../src/http/pack.ts';
import { critical, high, medium, mint } from '../src/http/pack-words.ts';

export const CLOUDFLARE: Pack = {
  name: 'cloudflare',
  title: 'Cloudflare',
  hosts: ['api.cloudflare.com'],
  source: 'github.com/cloudflare/api-schemas',
  date: '2026-11-21',
  operations: [
    high('DELETE /client/v4/user/tokens/{token}', 'deletes the token {token}'),
    high('DELETE /client/v4/accounts/{account}/tokens/{token}', 'deletes the token {token}'),
    high('DELETE /client/v4/accounts/{account}/members/{member}', 'deletes the member {member}'),
    medium('POST /client/v4/zones/{zone}/purge_cache', 'does `purge cache` of the zone {zone}'),
    high(
      'DELETE /client/v4/zones/{zone}/custom_hostnames/{customHostname}',
      'deletes the custom hostname {customHostname}',
    ),
    critical(
      'DELETE /client/v4/accounts/{account}/d1/database/{database}',
      'deletes the database {database}',
    ),
    high(
      'POST /client/v4/accounts/{account}/d1/database/{database}/import',
      'does `import` of the database {database}',
    ),
    high(
      'DELETE /client/v4/accounts/{account}/hyperdrive/configs/{config}',
      'deletes the config {config}',
    ),
    high('DELETE /client/v4/accounts/{account}/images/v1/{id}', 'deletes the v1 {id}'),
    critical(
      'DELETE /client/v4/accounts/{account}/storage/kv/namespaces/{namespace}',
      'deletes the namespace {namespace}',
    ),
    critical(
      'DELETE /client/v4/accounts/{account}/pages/projects/{project}',
      'deletes the project {project}',
    ),
    critical('DELETE /client/v4/accounts/{account}/queues/{queue}', 'deletes the queue {queue}'),
    critical(
      'DELETE /client/v4/accounts/{account}/r2/buckets/{bucket}',
      'deletes the bucket {bucket}',
    ),
    high(
      'DELETE /client/v4/accounts/{account}/rulesets/{ruleset}',
      'deletes the ruleset {ruleset}',
    ),
    high('DELETE /client/v4/zones/{zone}/rulesets/{ruleset}', 'deletes the ruleset {ruleset}'),
    critical(
      'DELETE /client/v4/accounts/{account}/secrets_store/stores/{store}',
      'deletes the store {store}',
    ),
    high(
      'DELETE /client/v4/accounts/{account}/secrets_store/stores/{store}/secrets/{secret}',
      'deletes the secret {secret}',
    ),
    critical('DELETE /client/v4/accounts/{account}/stream/{stream}', 'deletes the stream {stream}'),
    critical(
      'DELETE /client/v4/accounts/{account}/vectorize/v2/indexes/{index}',
      'deletes the index {index}',
    ),
    high(
      'DELETE /client/v4/accounts/{account}/workers/scripts/{script}/secrets/{secret}',
      'deletes the secret {secret}',
    ),
    critical('DELETE /client/v4/zones/{zone}', 'deletes the zone {zone}'),
    mint('POST /client/v4/user/tokens', 'makes or changes a credential or right: tokens'),
    critical(
      'POST /client/v4/accounts/{account}/storage/kv/namespaces/{namespace}/bulk/delete',
      'deletes many values of the namespace {namespace}',
    ),
    critical(
      'POST /client/v4/accounts/{account}/d1/database/{database}/time_travel/restore',
      'overwrites the database {database} with an earlier state',
    ),
    medium(
      'DELETE /client/v4/zones/{zone}/dns_records/{record}',
      'deletes the DNS record {record}',
    ),
  ],
  quiet: [
    'GET /client/v4/user',
    'GET /client/v4/zones',
    'GET /client/v4/zones/z',
    'GET /client/v4/zones/z/dns_records',
    'GET /client/v4/accounts',
    'GET /client/v4/accounts/a/workers/scripts',
    'GET /client/v4/accounts/a/r2/buckets',
    'GET /client/v4/accounts/a/d1/database',
    'GET /client/v4/accounts/a/storage/kv/namespaces',
    'GET /client/v4/accounts/a/pages/projects',
    'GET /client/v4/accounts/a/queues',
    'GET /client/v4/accounts/a/members',
    'GET /client/v4/zones/z/rulesets',
    'GET /client/v4/accounts/a/tokens',
    'GET /client/v4/user/tokens/verify',
    'GET /client/v4/zones/z/settings',
    'GET /client/v4/accounts/a/images/v1',
    'GET /client/v4/zones/z/custom_hostnames',
    'GET /client/v4/accounts/a/stream',
    'POST /client/v4/zones/z/dns_records',
    'PUT /client/v4/zones/z/dns_records/r',
    'PATCH /client/v4/zones/z/settings/ssl',
    'PUT /client/v4/accounts/a/workers/scripts/w',
    'POST /client/v4/accounts/a/r2/buckets',
    'POST /client/v4/accounts/a/d1/database',
    'POST /client/v4/accounts/a/storage/kv/namespaces',
    'PUT /client/v4/accounts/a/storage/kv/namespaces/n/values/k',
    'POST /client/v4/accounts/a/pages/projects/p/deployments',
    'POST /client/v4/zones',
    'PUT /client/v4/accounts/a/workers/scripts/w/secrets',
    'POST /client/v4/accounts/a/queues',
  ],
  sql: [
    {
      match: 'POST /client/v4/accounts/{account}/d1/database/{database}/query',
      at: ['sql', 'batch.*.sql'],
      dialect: 'other',
    },
    {
      match: 'POST /client/v4/accounts/{account}/d1/database/{database}/raw',
      at: ['sql', 'batch.*.sql'],
      dialect: 'other',
    },
  ],
};
