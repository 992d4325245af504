/** MongoDB Atlas: what destroys, reveals and mints. */

import type { Pack } from '../src/http/pack.ts';
import { critical, high, medium } from '../src/http/pack-words.ts';

export const MONGODB_ATLAS: Pack = {
  name: 'mongodb-atlas',
  title: 'MongoDB Atlas',
  hosts: ['cloud.mongodb.com'],
  source: 'the Atlas Administration API v2',
  date: '2026-11-21',
  operations: [
    high(
      'DELETE /api/atlas/v2/federationSettings/{federationSetting}',
      'deletes the federation setting {federationSetting}',
    ),
    high(
      'DELETE /api/atlas/v2/federationSettings/{federationSetting}/connectedOrgConfigs/{connectedOrgConfig}/roleMappings/{roleMapping}',
      'deletes the role mapping {roleMapping}',
    ),
    high(
      'DELETE /api/atlas/v2/federationSettings/{federationSetting}/identityProviders/{identityProvider}/jwks',
      'deletes all jwks of the identity provider {identityProvider}',
    ),
    critical('DELETE /api/atlas/v2/groups/{group}', 'deletes the group {group}'),
    high(
      'DELETE /api/atlas/v2/groups/{group}/aiModelApiKeys/{aiModelApiKey}',
      'deletes the ai model api key {aiModelApiKey}',
    ),
    medium(
      'DELETE /api/atlas/v2/groups/{group}/alertConfigs/{alertConfig}',
      'deletes the alert config {alertConfig}',
    ),
    high('DELETE /api/atlas/v2/groups/{group}/apiKeys/{apiKey}', 'deletes the api key {apiKey}'),
    high(
      'DELETE /api/atlas/v2/groups/{group}/backup/{backup}/privateEndpoints/{privateEndpoint}',
      'deletes the private endpoint {privateEndpoint}',
    ),
    critical(
      'DELETE /api/atlas/v2/groups/{group}/backupCompliancePolicy',
      'deletes the backup compliance policy of the group {group}',
    ),
    high(
      'DELETE /api/atlas/v2/groups/{group}/clusters/{cluster}/backup/restoreJobs/{restoreJob}',
      'deletes the restore job {restoreJob}',
    ),
    critical(
      'DELETE /api/atlas/v2/groups/{group}/clusters/{cluster}/backup/snapshots/{snapshot}',
      'deletes the snapshot {snapshot}',
    ),
    high(
      'DELETE /api/atlas/v2/groups/{group}/clusters/{cluster}/globalWrites/customZoneMapping',
      'deletes the custom zone mapping of the cluster {cluster}',
    ),
    high(
      'DELETE /api/atlas/v2/groups/{group}/clusters/{cluster}/globalWrites/managedNamespaces',
      'deletes all managedNamespaces of the cluster {cluster}',
    ),
    high(
      'DELETE /api/atlas/v2/groups/{group}/clusters/{cluster}/outageSimulation',
      'deletes the outage simulation of the cluster {cluster}',
    ),
    high(
      'DELETE /api/atlas/v2/groups/{group}/clusters/{cluster}/search/indexes/{index}/{collectionName}/{indexName}',
      'deletes the index {indexName}',
    ),
    high(
      'DELETE /api/atlas/v2/groups/{group}/clusters/{cluster}/search/indexes/{index}',
      'deletes the index {index}',
    ),
    critical(
      'DELETE /api/atlas/v2/groups/{group}/clusters/{cluster}/snapshots/{snapshot}',
      'deletes the snapshot {snapshot}',
    ),
    high(
      'DELETE /api/atlas/v2/groups/{group}/containers/{container}',
      'deletes the container {container}',
    ),
    high(
      'DELETE /api/atlas/v2/groups/{group}/customDBRoles/roles/{role}',
      'deletes the role {role}',
    ),
    high(
      'DELETE /api/atlas/v2/groups/{group}/databaseUsers/{databaseUser}/{username}',
      'deletes the database user {username}',
    ),
    high(
      'DELETE /api/atlas/v2/groups/{group}/encryptionAtRest/{encryptionAtRest}/privateEndpoints/{privateEndpoint}',
      'deletes the private endpoint {privateEndpoint}',
    ),
    critical(
      'DELETE /api/atlas/v2/groups/{group}/flexClusters/{flexCluster}',
      'deletes the flex cluster {flexCluster}',
    ),
    medium(
      'DELETE /api/atlas/v2/groups/{group}/integrations/{integration}',
      'deletes the integration {integration}',
    ),
    high('DELETE /api/atlas/v2/groups/{group}/limits/{limit}', 'deletes the limit {limit}'),
    medium(
      'DELETE /api/atlas/v2/groups/{group}/logIntegrations/{logIntegration}',
      'deletes the log integration {logIntegration}',
    ),
    high(
      'DELETE /api/atlas/v2/groups/{group}/metricIntegrations/{metricIntegration}',
      'deletes the metric integration {metricIntegration}',
    ),
    high('DELETE /api/atlas/v2/groups/{group}/peers/{peer}', 'deletes the peer {peer}'),
    high(
      'DELETE /api/atlas/v2/groups/{group}/privateEndpoint/serverless/instance/{instance}/endpoint/{endpoint}',
      'deletes the endpoint {endpoint}',
    ),
    high(
      'DELETE /api/atlas/v2/groups/{group}/privateEndpoint/{privateEndpoint}/endpointService/{endpointService}',
      'deletes the endpoint service {endpointService}',
    ),
    high(
      'DELETE /api/atlas/v2/groups/{group}/pushBasedLogExport',
      'deletes the push based log export of the group {group}',
    ),
    high(
      'DELETE /api/atlas/v2/groups/{group}/serviceAccounts/{serviceAccount}',
      'deletes the service account {serviceAccount}',
    ),
    high(
      'DELETE /api/atlas/v2/groups/{group}/serviceAccounts/{serviceAccount}/accessList/{accessList}',
      'deletes the access list {accessList}',
    ),
    high(
      'DELETE /api/atlas/v2/groups/{group}/serviceAccounts/{serviceAccount}/secrets/{secret}',
      'deletes the secret {secret}',
    ),
    high(
      'DELETE /api/atlas/v2/groups/{group}/streams/vpcPeeringConnections/{vpcPeeringConnection}',
      'deletes the vpc peering connection {vpcPeeringConnection}',
    ),
    high(
      'DELETE /api/atlas/v2/groups/{group}/streams/{stream}/connections/{connection}',
      'deletes the connection {connection}',
    ),
    high(
      'DELETE /api/atlas/v2/groups/{group}/streams/{stream}/connections/{connection}/failoverConnections/{failoverConnection}',
      'deletes the failover connection {failoverConnection}',
    ),
    high(
      'DELETE /api/atlas/v2/groups/{group}/streams/{stream}/processor/{processor}',
      'deletes the processor {processor}',
    ),
    high(
      'DELETE /api/atlas/v2/groups/{group}/userSecurity/customerX509',
      'deletes the customer x509 of the group {group}',
    ),
    high('DELETE /api/atlas/v2/orgs/{org}/apiKeys/{apiKey}', 'deletes the api key {apiKey}'),
    high(
      'DELETE /api/atlas/v2/orgs/{org}/mcpConfigs/{mcpConfig}/secrets/{secret}',
      'deletes the secret {secret}',
    ),
    high(
      'DELETE /api/atlas/v2/orgs/{org}/resourcePolicies/{resourcePolicy}',
      'deletes the resource policy {resourcePolicy}',
    ),
    high(
      'DELETE /api/atlas/v2/orgs/{org}/serviceAccounts/{serviceAccount}',
      'deletes the service account {serviceAccount}',
    ),
    high(
      'DELETE /api/atlas/v2/orgs/{org}/serviceAccounts/{serviceAccount}/accessList/{accessList}',
      'deletes the access list {accessList}',
    ),
    high('DELETE /api/atlas/v2/orgs/{org}/teams/{team}', 'deletes the team {team}'),
    high('DELETE /api/atlas/v2/orgs/{org}/teams/{team}/users/{user}', 'deletes the user {user}'),
    high('DELETE /api/atlas/v2/orgs/{org}/users/{user}', 'deletes the user {user}'),
  ],
  quiet: [
    'GET /api/atlas/v2/groups',
    'GET /api/atlas/v2/groups/g',
    'GET /api/atlas/v2/groups/g/clusters',
    'GET /api/atlas/v2/groups/g/clusters/c',
    'GET /api/atlas/v2/groups/g/clusters/c/backup/snapshots',
    'GET /api/atlas/v2/groups/g/clusters/c/backup/snapshots/s',
    'GET /api/atlas/v2/groups/g/clusters/c/backup/restoreJobs',
    'GET /api/atlas/v2/groups/g/clusters/c/backup/schedule',
    'GET /api/atlas/v2/groups/g/databaseUsers',
    'GET /api/atlas/v2/groups/g/accessList',
    'GET /api/atlas/v2/groups/g/alerts',
    'GET /api/atlas/v2/groups/g/alertConfigs',
    'GET /api/atlas/v2/groups/g/events',
    'GET /api/atlas/v2/groups/g/processes',
    'GET /api/atlas/v2/groups/g/processes/p/measurements',
    'GET /api/atlas/v2/groups/g/processes/p/disks',
    'GET /api/atlas/v2/groups/g/containers',
    'GET /api/atlas/v2/groups/g/peers',
    'GET /api/atlas/v2/groups/g/customDBRoles/roles',
    'GET /api/atlas/v2/groups/g/integrations',
    'GET /api/atlas/v2/groups/g/maintenanceWindow',
    'GET /api/atlas/v2/groups/g/limits',
    'GET /api/atlas/v2/groups/g/users',
    'GET /api/atlas/v2/groups/g/teams',
    'GET /api/atlas/v2/groups/g/flexClusters',
    'GET /api/atlas/v2/groups/g/streams',
    'GET /api/atlas/v2/groups/g/streams/t/connections',
    'GET /api/atlas/v2/groups/g/streams/t/processors',
    'GET /api/atlas/v2/groups/g/clusters/c/search/indexes',
    'GET /api/atlas/v2/groups/g/serviceAccounts',
    'GET /api/atlas/v2/groups/g/apiKeys',
    'GET /api/atlas/v2/groups/g/pushBasedLogExport',
    'GET /api/atlas/v2/groups/g/encryptionAtRest',
    'GET /api/atlas/v2/orgs',
    'GET /api/atlas/v2/orgs/o',
    'GET /api/atlas/v2/orgs/o/groups',
    'GET /api/atlas/v2/orgs/o/users',
    'GET /api/atlas/v2/orgs/o/teams',
    'GET /api/atlas/v2/orgs/o/apiKeys',
    'GET /api/atlas/v2/orgs/o/invoices',
    'GET /api/atlas/v2/orgs/o/events',
    'GET /api/atlas/v2/orgs/o/resourcePolicies',
    'GET /api/atlas/v2/federationSettings/f/identityProviders',
    'POST /api/atlas/v2/groups',
    'POST /api/atlas/v2/groups/g/clusters',
    'PATCH /api/atlas/v2/groups/g/clusters/c',
    'POST /api/atlas/v2/groups/g/clusters/c/backup/snapshots',
    'POST /api/atlas/v2/groups/g/databaseUsers',
    'POST /api/atlas/v2/groups/g/accessList',
    'POST /api/atlas/v2/groups/g/alertConfigs',
    'POST /api/atlas/v2/groups/g/clusters/c/search/indexes',
    'POST /api/atlas/v2/groups/g/flexClusters',
    'PATCH /api/atlas/v2/groups/g',
  ],
};
