/** Heroku: what destroys, reveals and mints. */

import type { Pack } from '../src/http/pack.ts';
import { critical, high, medium, mint, reveal } from '../src/http/pack-words.ts';

export const HEROKU: Pack = {
  name: 'heroku',
  title: 'Heroku',
  hosts: ['api.heroku.com', 'api.data.heroku.com', 'postgres-api.heroku.com'],
  source: 'the platform schema and github.com/heroku/cli',
  date: '2026-11-21',
  operations: [
    high('DELETE /apps/{app}/acm', 'deletes the acm of the app {app}'),
    high(
      'DELETE /addon-attachments/{addonAttachment}',
      'deletes the addon attachment {addonAttachment}',
    ),
    high(
      'DELETE /apps/{app}/collaborators/{collaborator}',
      'deletes the collaborator {collaborator}',
    ),
    high('DELETE /apps/{app}/domains/{domain}', 'deletes the domain {domain}'),
    medium('DELETE /apps/{app}/dynos', 'deletes all dynos of the app {app}'),
    medium('DELETE /apps/{app}/dynos/{dyno}', 'deletes the dyno {dyno}'),
    medium(
      'DELETE /oauth/authorizations/{authorization}',
      'deletes the authorization {authorization}',
    ),
    high('DELETE /spaces/{space}/peerings/{peering}', 'deletes the peering {peering}'),
    critical(
      'DELETE /client/v11/apps/{app}/transfers/{transfer}',
      'deletes the transfer {transfer}',
    ),
    high(
      'DELETE /postgres/v0/databases/{database}/credentials/{credential}',
      'deletes the credential {credential}',
    ),
    high(
      'DELETE /data/postgres/v1/{addon}/credentials/{credential}',
      'deletes the credential {credential}',
    ),
    high('DELETE /data/postgres/v1/{db}/pools/{pool}', 'deletes the pool {pool}'),
    medium(
      'DELETE /pipelines/{pipeline}/review-app-config',
      'deletes the review app config of the pipeline {pipeline}',
    ),
    high(
      'DELETE /spaces/{space}/vpn-connections/{vpnConnection}',
      'deletes the vpn connection {vpnConnection}',
    ),
    reveal('GET /apps/{app}/config-vars', 'shows config vars of the app {app}'),
    mint('POST /oauth/authorizations', 'makes or changes a credential or right: authorizations'),
    mint('POST /account/keys', 'makes or changes a credential or right: keys'),
    reveal('GET /data/postgres/v1/{id}/credentials', 'shows credentials of {id}'),
    reveal(
      'GET /postgres/v0/databases/{database}/credentials',
      'shows credentials of the database {database}',
    ),
    mint(
      'POST /postgres/v0/databases/{database}/credentials_rotation',
      'makes or changes a credential or right: credentials rotation of the database {database}',
    ),
    critical('DELETE /apps/{app}', 'deletes the app {app} with its add-ons and their data'),
    critical(
      'DELETE /apps/{app}/addons/{addon}',
      'deletes the add-on {addon}, a database among them',
    ),
    critical('PUT /postgres/v0/databases/{database}/reset', 'empties the database {database}'),
    critical('PUT /client/v11/databases/{database}/reset', 'empties the database {database}'),
    critical(
      'POST /client/v11/databases/{database}/restores',
      'overwrites the database {database} with a backup',
    ),
    high('PATCH /apps/{app}/config-vars', 'removes variables of the app {app}', {
      at: '*',
      values: [null],
    }),
    high('PATCH /apps/{app}/formation', 'scales the app {app} to nothing', {
      has: 'quantity',
      values: [0],
    }),
    high('PATCH /apps/{app}/formation/{formation}', 'scales the app {app} to nothing', {
      has: 'quantity',
      values: [0],
    }),
    reveal(
      'PATCH /apps/{app}/config-vars',
      'changes variables of the app {app}, and shows all of them',
    ),
  ],
  quiet: [
    'GET /apps',
    'GET /apps/a',
    'POST /apps',
    'PATCH /apps/a',
    'GET /apps/a/releases',
    'GET /apps/a/releases/r',
    'POST /apps/a/releases',
    'GET /apps/a/dynos',
    'POST /apps/a/dynos',
    'GET /apps/a/formation',
    'PATCH /apps/a/formation',
    'GET /apps/a/addons',
    'POST /apps/a/addons',
    'GET /apps/a/domains',
    'POST /apps/a/domains',
    'GET /apps/a/builds',
    'POST /apps/a/builds',
    'POST /apps/a/log-sessions',
    'POST /sources',
    'GET /account',
    'GET /pipelines',
    'GET /pipelines/p/pipeline-couplings',
    'GET /teams',
    'GET /addons/x',
    'GET /apps/a/collaborators',
    'POST /apps/a/sources',
  ],
};
