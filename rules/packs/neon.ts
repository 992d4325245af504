/** Neon: what destroys, reveals and mints. */

import type { Pack } from '../src/http/pack.ts';
import { critical, high, medium, mint, reveal } from '../src/http/pack-words.ts';

export const NEON: Pack = {
  name: 'neon',
  title: 'Neon',
  hosts: ['console.neon.tech', '*.neon.tech'],
  source: 'neon.com/api_spec/release/v2.json',
  date: '2026-11-21',
  operations: [
    medium(
      'DELETE /api/v2/organizations/{organization}/billing/spending_limit',
      'deletes the spending limit of the organization {organization}',
    ),
    critical(
      'DELETE /api/v2/projects/{project}/branches/{branch}/auth',
      'deletes the auth of the branch {branch}',
    ),
    critical(
      'DELETE /api/v2/projects/{project}/branches/{branch}/buckets/{bucket}/objects-by-prefix',
      'deletes the objects by prefix of the bucket {bucket}',
    ),
    high(
      'DELETE /api/v2/projects/{project}/branches/{branch}/buckets/{bucket}/objects/{object}',
      'deletes the object {object}',
    ),
    high(
      'DELETE /api/v2/projects/{project}/branches/{branch}/data-api/{dataApi}',
      'deletes the data api {dataApi}',
    ),
    critical(
      'DELETE /api/v2/projects/{project}/branches/{branch}/databases/{database}',
      'deletes the database {database}',
    ),
    high(
      'DELETE /api/v2/projects/{project}/branches/{branch}/roles/{role}',
      'deletes the role {role}',
    ),
    high(
      'POST /api/v2/projects/{project}/branches/{branch}/set_as_default',
      'does `set as default` of the branch {branch}',
    ),
    high(
      'DELETE /api/v2/projects/{project}/endpoints/{endpoint}',
      'deletes the endpoint {endpoint}',
    ),
    high(
      'POST /api/v2/projects/{project}/endpoints/{endpoint}/suspend',
      'does `suspend` of the endpoint {endpoint}',
    ),
    high('DELETE /api/v2/projects/{project}/jwks/{jwk}', 'deletes the jwk {jwk}'),
    high(
      'DELETE /api/v2/projects/{project}/permissions/{permission}',
      'deletes the permission {permission}',
    ),
    critical(
      'DELETE /api/v2/projects/{project}/snapshots/{snapshot}',
      'deletes the snapshot {snapshot}',
    ),
    critical(
      'POST /api/v2/projects/{project}/snapshots/{snapshot}/restore',
      'does `restore` of the snapshot {snapshot}',
    ),
    high(
      'DELETE /api/v2/projects/{project}/vpc_endpoints/{vpcEndpoint}',
      'deletes the vpc endpoint {vpcEndpoint}',
    ),
    high('POST /api/v2/users/me/projects/transfer', 'does `transfer`'),
    reveal(
      'GET /api/v2/projects/{project}/connection_uri',
      'shows connection uri of the project {project}',
    ),
    reveal(
      'GET /api/v2/projects/{project}/branches/{branch}/roles/{role}/reveal_password',
      'shows reveal password of the role {role}',
    ),
    mint(
      'POST /api/v2/projects/{project}/branches/{branch}/roles/{role}/reset_password',
      'makes or changes a credential or right: reset password of the role {role}',
    ),
    mint('POST /api/v2/api_keys', 'makes or changes a credential or right: api keys'),
    critical(
      'DELETE /api/v2/projects/{project}',
      'deletes the project {project} with all its branches and databases',
    ),
    critical(
      'DELETE /api/v2/projects/{project}/branches/{branch}',
      'deletes the branch {branch} with its databases',
    ),
    critical(
      'POST /api/v2/projects/{project}/branches/{branch}/restore',
      'overwrites the branch {branch}',
    ),
    critical(
      'POST /api/v2/projects/{project}/branches/{branch}/reset_to_parent',
      'overwrites the branch {branch}',
    ),
  ],
  quiet: [
    'GET /api/v2/projects',
    'GET /api/v2/projects/p',
    'POST /api/v2/projects',
    'PATCH /api/v2/projects/p',
    'GET /api/v2/projects/p/branches',
    'POST /api/v2/projects/p/branches',
    'GET /api/v2/projects/p/branches/b',
    'PATCH /api/v2/projects/p/branches/b',
    'GET /api/v2/projects/p/branches/b/databases',
    'POST /api/v2/projects/p/branches/b/databases',
    'GET /api/v2/projects/p/branches/b/roles',
    'GET /api/v2/projects/p/endpoints',
    'POST /api/v2/projects/p/endpoints',
    'POST /api/v2/projects/p/endpoints/e/start',
    'GET /api/v2/projects/p/operations',
    'GET /api/v2/users/me',
    'GET /api/v2/api_keys',
    'GET /api/v2/regions',
    'GET /api/v2/projects/p/snapshots',
    'POST /api/v2/projects/p/branches/b/snapshot',
    'GET /api/v2/projects/p/branches/b/schema',
    'GET /api/v2/organizations/o',
    'GET /api/v2/consumption_history/projects',
    'PATCH /api/v2/projects/p/endpoints/e',
    'GET /api/v2/projects/p/permissions',
    'GET /api/v2/projects/p/jwks',
  ],
  sql: [{ match: 'POST /sql', at: ['query', 'queries.*.query'], dialect: 'postgres' }],
};
