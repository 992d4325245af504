/** PlanetScale: what destroys, reveals and mints. */

import type { Pack } from '../src/http/pack.ts';
import { critical, high, medium, mint } from '../src/http/pack-words.ts';

export const PLANETSCALE: Pack = {
  name: 'planetscale',
  title: 'PlanetScale',
  hosts: ['api.planetscale.com', '*.connect.psdb.cloud'],
  source: 'planetscale.com/docs/api',
  date: '2026-11-21',
  operations: [
    critical(
      'DELETE /v1/organizations/{organization}/databases/{database}/branches/{branch}/backups/{backup}',
      'deletes the backup {backup}',
    ),
    high(
      'DELETE /v1/organizations/{organization}/databases/{database}/branches/{branch}/bouncers/{bouncer}',
      'deletes the bouncer {bouncer}',
    ),
    critical(
      'DELETE /v1/organizations/{organization}/databases/{database}/branches/{branch}',
      'deletes the branch {branch}',
    ),
    high(
      'POST /v1/organizations/{organization}/databases/{database}/branches/{branch}/roles/reset-default',
      'does `reset default` of the branch {branch}',
    ),
    high(
      'POST /v1/organizations/{organization}/databases/{database}/deploy-requests/{deployRequest}/revert',
      'does `revert` of the deploy request {deployRequest}',
    ),
    high(
      'DELETE /v1/organizations/{organization}/databases/{database}/branches/{branch}/passwords/{password}',
      'deletes the password {password}',
    ),
    high(
      'POST /v1/organizations/{organization}/databases/{database}/branches/{branch}/roles/{role}/reset',
      'does `reset` of the role {role}',
    ),
    high(
      'DELETE /v1/organizations/{organization}/service-tokens/{serviceToken}',
      'deletes the service token {serviceToken}',
    ),
    medium(
      'DELETE /v1/organizations/{organization}/databases/{database}/webhooks/{webhook}',
      'deletes the webhook {webhook}',
    ),
    mint(
      'POST /v1/organizations/{organization}/databases/{database}/branches/{branch}/passwords',
      'makes or changes a credential or right: passwords of the branch {branch}',
    ),
    mint(
      'POST /v1/organizations/{organization}/databases/{database}/branches/{branch}/roles',
      'makes or changes a credential or right: roles of the branch {branch}',
    ),
    mint(
      'POST /v1/organizations/{organization}/service-tokens',
      'makes or changes a credential or right: service tokens of the organization {organization}',
    ),
    critical(
      'DELETE /v1/organizations/{organization}/databases/{database}',
      'deletes the database {database}',
    ),
  ],
  quiet: [
    'GET /v1/organizations',
    'GET /v1/organizations/o',
    'GET /v1/organizations/o/databases',
    'POST /v1/organizations/o/databases',
    'GET /v1/organizations/o/databases/d',
    'GET /v1/organizations/o/databases/d/branches',
    'POST /v1/organizations/o/databases/d/branches',
    'GET /v1/organizations/o/databases/d/branches/b/schema',
    'GET /v1/organizations/o/databases/d/deploy-requests',
    'POST /v1/organizations/o/databases/d/deploy-requests',
    'POST /v1/organizations/o/databases/d/deploy-requests/1/deploy',
    'GET /v1/organizations/o/databases/d/branches/b/backups',
    'POST /v1/organizations/o/databases/d/branches/b/backups',
    'GET /v1/organizations/o/databases/d/branches/b/passwords',
    'GET /v1/organizations/o/regions',
    'GET /v1/user',
    'POST /v1/organizations/o/databases/d/branches/b/promote',
  ],
  sql: [{ match: 'POST /psdb.v1alpha1.Database/Execute', at: ['query'], dialect: 'other' }],
};
