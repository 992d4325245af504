/** Supabase: what destroys, reveals and mints. */

import type { Pack } from '../src/http/pack.ts';
import { critical, high, medium, mint, reveal } from '../src/http/pack-words.ts';

export const SUPABASE: Pack = {
  name: 'supabase',
  title: 'Supabase',
  hosts: ['api.supabase.com'],
  source: 'api.supabase.com/api/v1-json',
  date: '2026-11-21',
  operations: [
    high(
      'DELETE /v1/projects/{project}/vanity-subdomain',
      'deletes the vanity subdomain of the project {project}',
    ),
    critical('DELETE /v1/branches/{branch}', 'deletes the branch {branch}'),
    critical('DELETE /v1/projects/{project}', 'deletes the project {project}'),
    high(
      'DELETE /v1/projects/{project}/config/auth/sso/providers/{provider}',
      'deletes the provider {provider}',
    ),
    high(
      'DELETE /v1/projects/{project}/custom-hostname',
      'deletes the custom hostname of the project {project}',
    ),
    medium(
      'DELETE /v1/projects/{project}/network-bans',
      'deletes all network bans of the project {project}',
    ),
    medium(
      'DELETE /v1/projects/{project}/config/auth/third-party-auth/{thirdPartyAuth}',
      'deletes the third party auth {thirdPartyAuth}',
    ),
    critical(
      'DELETE /v1/projects/{project}/branches',
      'deletes all branches of the project {project}; deletes all preview branches',
    ),
    medium(
      'POST /v1/projects/{project}/readonly/temporary-disable',
      'does `temporary disable` of the project {project}',
    ),
    high('POST /v1/projects/{project}/pause', 'does `pause` of the project {project}'),
    high(
      'DELETE /v1/projects/{project}/config/auth/signing-keys/{signingKey}',
      'deletes the signing key {signingKey}',
    ),
    critical(
      'POST /v1/branches/{branch}/reset',
      'does `reset` of the branch {branch}; wipes branch DB',
    ),
    critical(
      'POST /v1/projects/{project}/database/backups/restore-pitr',
      'does `restore pitr` of the project {project}; overwrites',
    ),
    critical(
      'DELETE /v1/projects/{project}/database/migrations',
      'deletes all migrations of the project {project}',
    ),
    critical(
      'POST /v1/projects/{project}/database/backups/undo',
      'does `undo` of the project {project}',
    ),
    reveal(
      'GET /v1/projects/{project}/api-keys',
      'shows api keys of the project {project}; service_role key',
    ),
    reveal('GET /v1/projects/{project}/api-keys/legacy', 'shows legacy of the project {project}'),
    mint(
      'POST /v1/projects/{project}/api-keys',
      'makes or changes a credential or right: api keys of the project {project}',
    ),
    mint(
      'POST /v1/projects/{project}/cli/login-role',
      'makes or changes a credential or right: login role of the project {project}; temporary DB role',
    ),
    mint(
      'PATCH /v1/projects/{project}/database/password',
      'makes or changes a credential or right: password of the project {project}',
    ),
    mint(
      'POST /v1/projects/{project}/config/auth/signing-keys',
      'makes or changes a credential or right: signing keys of the project {project}',
    ),
    reveal('GET /v1/projects/{project}/secrets', 'shows secrets of the project {project}'),
    reveal(
      'GET /v1/projects/{project}/config/database/pooler',
      'shows how to connect to the database',
    ),
  ],
  quiet: [
    'GET /v1/projects',
    'POST /v1/projects',
    'GET /v1/projects/p',
    'GET /v1/organizations',
    'GET /v1/projects/p/health',
    'GET /v1/projects/p/functions',
    'GET /v1/projects/p/functions/f',
    'POST /v1/projects/p/functions',
    'PATCH /v1/projects/p/functions/f',
    'GET /v1/projects/p/branches',
    'POST /v1/projects/p/branches',
    'GET /v1/branches/b',
    'POST /v1/branches/b/merge',
    'POST /v1/branches/b/push',
    'GET /v1/projects/p/types/typescript',
    'GET /v1/projects/p/advisors/security',
    'GET /v1/projects/p/analytics/endpoints/logs.all',
    'GET /v1/projects/p/config/auth',
    'PATCH /v1/projects/p/config/auth',
    'GET /v1/projects/p/database/backups',
    'GET /v1/projects/p/network-bans/x',
    'POST /v1/projects/p/secrets',
    'GET /v1/projects/p/storage/buckets',
    'GET /v1/projects/p/database/migrations',
    'GET /v1/snippets',
  ],
  sql: [
    { match: 'POST /v1/projects/{project}/database/query', at: ['query'], dialect: 'postgres' },
    {
      match: 'POST /v1/projects/{project}/database/query/read-only',
      at: ['query'],
      dialect: 'postgres',
    },
    {
      match: 'POST /v1/projects/{project}/database/migrations',
      at: ['query'],
      dialect: 'postgres',
    },
  ],
};
