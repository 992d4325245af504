/** Terraform Cloud: what destroys, reveals and mints. */

import type { Pack } from '../src/http/pack.ts';
import { critical, high, mint, reveal, write } from '../src/http/pack-words.ts';

export const TERRAFORM_CLOUD: Pack = {
  name: 'terraform-cloud',
  title: 'Terraform Cloud',
  hosts: ['app.terraform.io'],
  source: 'developer.hashicorp.com/terraform/cloud-docs/api-docs',
  date: '2026-11-21',
  operations: [
    high('DELETE /api/v2/agent-pools/{agentPool}', 'deletes the agent pool {agentPool}'),
    critical('POST /api/v2/runs', 'does `runs`', {
      at: 'data.attributes.is-destroy',
      values: [true],
    }),
    high('DELETE /api/v2/oauth-clients/{oauthClient}', 'deletes the oauth client {oauthClient}'),
    critical(
      'DELETE /api/v2/organizations/{organization}',
      'deletes the organization {organization}',
    ),
    high('DELETE /api/v2/policy-sets/{policySet}', 'deletes the policy set {policySet}'),
    high('POST /api/v2/runs/{run}/actions/force-execute', 'does `force execute` of the run {run}'),
    critical('DELETE /api/v2/stacks/{stack}', 'deletes the stack {stack}'),
    high('DELETE /api/v2/teams/{team}', 'deletes the team {team}'),
    critical('DELETE /api/v2/workspaces/{workspace}', 'deletes the workspace {workspace}'),
    critical(
      'DELETE /api/v2/organizations/{organization}/workspaces/{workspace}',
      'deletes the workspace {workspace}',
    ),
    high(
      'POST /api/v2/workspaces/{workspace}/actions/safe-delete',
      'does `safe delete` of the workspace {workspace}',
    ),
    mint(
      'POST /api/v2/organizations/{organization}/authentication-token',
      'makes or changes a credential or right: authentication token of the organization {organization}',
    ),
    mint(
      'POST /api/v2/agent-pools/{agentPool}/authentication-tokens',
      'makes or changes a credential or right: authentication tokens of the agent pool {agentPool}',
    ),
    reveal(
      'GET /api/v2/configuration-versions/{configurationVersion}/download',
      'shows download of the configuration version {configurationVersion}; code may hold secrets',
    ),
    reveal(
      'GET /api/v2/plan-exports/{planExport}/download',
      'shows download of the plan export {planExport}; values from state',
    ),
    high(
      'POST /api/v2/runs/{run}/actions/apply',
      'applies the run {run}, and with it whatever it destroys',
    ),
    high('POST /api/v2/runs', 'begins a run that applies itself', {
      at: 'data.attributes.auto-apply',
      values: [true],
    }),
    reveal('GET /api/v2/state-versions/{version}/download', 'shows the state, secrets among it'),
    write('POST /api/v2/runs/{run}/actions/discard', 'discards a run'),
    write('POST /api/v2/runs/{run}/actions/cancel', 'cancels a run'),
    write('POST /api/v2/workspaces/{workspace}/actions/lock', 'locks a workspace'),
  ],
  quiet: [
    'GET /api/v2/account/details',
    'GET /api/v2/organizations',
    'GET /api/v2/organizations/o',
    'GET /api/v2/organizations/o/workspaces',
    'GET /api/v2/organizations/o/workspaces/w',
    'GET /api/v2/workspaces/w',
    'GET /api/v2/workspaces/w/runs',
    'GET /api/v2/runs/r',
    'GET /api/v2/plans/p',
    'GET /api/v2/applies/a',
    'GET /api/v2/workspaces/w/vars',
    'GET /api/v2/organizations/o/teams',
    'GET /api/v2/policy-sets/p',
    'GET /api/v2/configuration-versions/c',
    'POST /api/v2/runs',
    'POST /api/v2/workspaces/w/configuration-versions',
    'POST /api/v2/organizations/o/workspaces',
    'PATCH /api/v2/workspaces/w',
    'POST /api/v2/workspaces/w/vars',
    'POST /api/v2/runs/r/actions/cancel',
    'POST /api/v2/runs/r/actions/discard',
    'POST /api/v2/workspaces/w/actions/lock',
    'GET /.well-known/terraform.json',
  ],
};
