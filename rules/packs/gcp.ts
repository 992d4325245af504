/** Google Cloud: what destroys, reveals and mints. */

import type { Pack } from '../src/http/pack.ts';
import { critical, high, mint, read, reveal, write } from '../src/http/pack-words.ts';

export const GCP: Pack = {
  name: 'gcp',
  title: 'Google Cloud',
  hosts: ['*.googleapis.com'],
  source: 'the discovery documents of googleapis.com',
  date: '2026-11-21',
  operations: [
    critical(
      'alloydb DELETE /v1/projects/{project}/locations/{location}/backups/{backup}',
      'deletes the backup {backup}',
    ),
    critical(
      'alloydb DELETE /v1/projects/{project}/locations/{location}/clusters/{cluster}/instances/{instance}',
      'deletes the instance {instance}',
    ),
    high(
      'appengine DELETE /v1/apps/{app}/services/{service}/versions/{version}',
      'deletes the version {version}',
    ),
    critical(
      'artifactregistry DELETE /v1/projects/{project}/locations/{location}/repositories/{repository}',
      'deletes the repository {repository}',
    ),
    critical(
      'bigquery DELETE /bigquery/v2/projects/{project}/datasets/{dataset}',
      'deletes the dataset {dataset}',
    ),
    high(
      'bigquery DELETE /bigquery/v2/projects/{project}/datasets/{dataset}/routines/{routine}',
      'deletes the routine {routine}',
    ),
    critical(
      'bigquery DELETE /bigquery/v2/projects/{project}/datasets/{dataset}/tables/{table}',
      'deletes the table {table}',
    ),
    critical(
      'bigtableadmin DELETE /v2/projects/{project}/instances/{instance}/clusters/{cluster}/backups/{backup}',
      'deletes the backup {backup}',
    ),
    critical(
      'bigtableadmin DELETE /v2/projects/{project}/instances/{instance}/tables/{table}',
      'deletes the table {table}',
    ),
    high(
      'cloudbilling PUT /v1/projects/{project}/billingInfo',
      'does `billing info` of the project {project}; billingAccountName="" disables billing (stops everything)',
    ),
    high(
      'cloudfunctions DELETE /v2/projects/{project}/locations/{location}/functions/{function}',
      'deletes the function {function}',
    ),
    critical(
      'cloudkms POST /v1/projects/{project}/locations/{location}/keyRings/{keyRing}/cryptoKeys/{cryptoKey}/cryptoKeyVersions/{cryptoKeyVersion}:destroy',
      'does `destroy` of the crypto key version {cryptoKeyVersion}',
    ),
    critical('cloudresourcemanager DELETE /v1/projects/{project}', 'deletes the project {project}'),
    critical('cloudresourcemanager DELETE /v3/projects/{project}', 'deletes the project {project}'),
    high(
      'cloudresourcemanager POST /v3/projects/{project}:setIamPolicy',
      'does `set iam policy` of the project {project}; full policy replacement',
    ),
    high(
      'compute DELETE /compute/v1/projects/{project}/regions/{region}/addresses/{address}',
      'deletes the address {address}',
    ),
    high(
      'compute DELETE /compute/v1/projects/{project}/global/backendServices/{backendService}',
      'deletes the backend service {backendService}',
    ),
    critical(
      'compute DELETE /compute/v1/projects/{project}/zones/{zone}/disks/{disk}',
      'deletes the disk {disk}',
    ),
    high(
      'compute DELETE /compute/v1/projects/{project}/global/firewalls/{firewall}',
      'deletes the firewall {firewall}',
    ),
    high(
      'compute DELETE /compute/v1/projects/{project}/zones/{zone}/instanceGroupManagers/{instanceGroupManager}',
      'deletes the instance group manager {instanceGroupManager}',
    ),
    high(
      'compute DELETE /compute/v1/projects/{project}/global/routes/{route}',
      'deletes the route {route}',
    ),
    high(
      'compute DELETE /compute/v1/projects/{project}/regions/{region}/subnetworks/{subnetwork}',
      'deletes the subnetwork {subnetwork}',
    ),
    critical(
      'container DELETE /v1/projects/{project}/locations/{location}/clusters/{cluster}',
      'deletes the cluster {cluster}',
    ),
    critical(
      'container DELETE /v1/projects/{project}/zones/{zone}/clusters/{cluster}',
      'deletes the cluster {cluster}',
    ),
    high(
      'dns POST /dns/v1/projects/{project}/managedZones/{managedZone}/changes',
      'does `changes` of the managed zone {managedZone}; deletions[] in body',
      { at: 'deletions' },
    ),
    high(
      'dns DELETE /dns/v1/projects/{project}/managedZones/{managedZone}',
      'deletes the managed zone {managedZone}',
    ),
    critical(
      'file DELETE /v1/projects/{project}/locations/{location}/instances/{instance}',
      'deletes the instance {instance}',
    ),
    high(
      'firebase POST /v1beta1/projects/{project}/webApps/{webApp}:remove',
      'does `remove` of the web app {webApp}',
    ),
    critical(
      'firebasedatabase DELETE /v1beta/projects/{project}/locations/{location}/instances/{instance}',
      'deletes the instance {instance}',
    ),
    critical(
      'firestore POST /v1/projects/{project}/databases/{database}:bulkDeleteDocuments',
      'does `bulk delete documents` of the database {database}',
    ),
    high(
      'firestore DELETE /v1/projects/{project}/databases/{database}/collectionGroups/{collectionGroup}/indexes/{index}',
      'deletes the index {index}',
    ),
    high(
      'firestore DELETE /v1/projects/{project}/databases/{database}/documents/{document+}',
      'deletes the document {document}',
    ),
    critical(
      'firestore DELETE /v1/projects/{project}/locations/{location}/backups/{backup}',
      'deletes the backup {backup}',
    ),
    high(
      'iam POST /v1/projects/{project}/serviceAccounts/{serviceAccount}:disable',
      'does `disable` of the service account {serviceAccount}',
    ),
    high(
      'iam DELETE /v1/projects/{project}/serviceAccounts/{serviceAccount}/keys/{key}',
      'deletes the key {key}',
    ),
    high('identitytoolkit POST /v1/accounts:delete', 'does `delete`'),
    critical(
      'logging DELETE /v2/projects/{project}/locations/{location}/buckets/{bucket}',
      'deletes the bucket {bucket}',
    ),
    high('logging DELETE /v2/projects/{project}/logs/{log}', 'deletes the log {log}'),
    high(
      'pubsub DELETE /v1/projects/{project}/subscriptions/{subscription}',
      'deletes the subscription {subscription}',
    ),
    high(
      'pubsub POST /v1/projects/{project}/subscriptions/{subscription}:seek',
      'does `seek` of the subscription {subscription}; drops backlog',
    ),
    critical(
      'redis DELETE /v1/projects/{project}/locations/{location}/instances/{instance}',
      'deletes the instance {instance}',
    ),
    high(
      'run DELETE /apis/serving.knative.dev/v1/namespaces/{namespace}/services/{service}',
      'deletes the service {service}',
    ),
    high(
      'run DELETE /v2/projects/{project}/locations/{location}/services/{service}',
      'deletes the service {service}',
    ),
    critical(
      'secretmanager DELETE /v1/projects/{project}/secrets/{secret}',
      'deletes the secret {secret}',
    ),
    high(
      'secretmanager POST /v1/projects/{project}/secrets/{secret}/versions/{version}:disable',
      'does `disable` of the version {version}',
    ),
    high(
      'serviceusage POST /v1/{v1}/{v1Id1}/services/{service}:disable',
      'does `disable` of the service {service}; disableDependentServices=true cascades',
    ),
    critical(
      'spanner DELETE /v1/projects/{project}/instances/{instance}/databases/{database}',
      'deletes the database {database}',
    ),
    critical(
      'spanner DELETE /v1/projects/{project}/instances/{instance}',
      'deletes the instance {instance}',
    ),
    critical(
      'sqladmin DELETE /v1/projects/{project}/instances/{instance}/databases/{database}',
      'deletes the database {database}',
    ),
    critical(
      'sqladmin DELETE /v1/projects/{project}/instances/{instance}',
      'deletes the instance {instance}',
    ),
    high(
      'sqladmin POST /v1/projects/{project}/instances/{instance}/import',
      'does `import` of the instance {instance}',
    ),
    critical(
      'sqladmin POST /v1/projects/{project}/instances/{instance}/restoreBackup',
      'does `restore backup` of the instance {instance}',
    ),
    high(
      'sqladmin DELETE /v1/projects/{project}/instances/{instance}/users',
      'deletes all users of the instance {instance}',
    ),
    high(
      'storage PATCH /storage/v1/b/{bucket}',
      'changes how long the bucket {bucket} keeps what it deletes',
      { has: 'softDeletePolicy' },
    ),
    critical(
      'storage DELETE /storage/v1/b/{bucket}/folders/{folder}',
      'deletes the folder {folder}',
    ),
    high(
      'storage DELETE /storage/v1/b/{bucket}/managedFolders/{managedFolder}',
      'deletes the managed folder {managedFolder}',
    ),
    high('storage DELETE /storage/v1/b/{bucket}/o/{object}', 'deletes the object {object}'),
    mint(
      'iam POST /v1/projects/{project}/serviceAccounts/{serviceAccount}/keys',
      'makes or changes a credential or right: keys of the service account {serviceAccount}',
    ),
    mint(
      'iamcredentials POST /v1/projects/{project}/serviceAccounts/{serviceAccount}:generateAccessToken',
      'makes or changes a credential or right: generate access token of the service account {serviceAccount}',
    ),
    mint(
      'iamcredentials POST /v1/projects/{project}/serviceAccounts/{serviceAccount}:generateIdToken',
      'makes or changes a credential or right: generate id token of the service account {serviceAccount}',
    ),
    mint(
      'iamcredentials POST /v1/projects/{project}/serviceAccounts/{serviceAccount}:signJwt',
      'makes or changes a credential or right: sign jwt of the service account {serviceAccount}',
    ),
    mint(
      'iamcredentials POST /v1/projects/{project}/serviceAccounts/{serviceAccount}:signBlob',
      'makes or changes a credential or right: sign blob of the service account {serviceAccount}',
    ),
    reveal(
      'secretmanager GET /v1/projects/{project}/secrets/{secret}/versions/{version}:access',
      'shows access of the version {version}',
    ),
    mint(
      'apikeys POST /v2/projects/{project}/locations/{location}/keys',
      'makes or changes a credential or right: keys of the location {location}',
    ),
    reveal(
      'apikeys GET /v2/projects/{project}/locations/{location}/keys/{key}/keyString',
      'shows key string of the key {key}',
    ),
    mint(
      'sqladmin POST /v1/projects/{project}/instances/{instance}/users',
      'makes or changes a credential or right: users of the instance {instance}',
    ),
    mint(
      'sqladmin PUT /v1/projects/{project}/instances/{instance}/users',
      'makes or changes a credential or right: users of the instance {instance}',
    ),
    mint(
      'sqladmin POST /v1/projects/{project}/instances/{instance}/sslCerts',
      'makes or changes a credential or right: ssl certs of the instance {instance}',
    ),
    mint(
      'sqladmin POST /v1/projects/{project}/instances/{instance}:generateEphemeralCert',
      'makes or changes a credential or right: generate ephemeral cert of the instance {instance}',
    ),
    mint(
      'storage POST /storage/v1/projects/{project}/hmacKeys',
      'makes or changes a credential or right: hmac keys of the project {project}',
    ),
    mint(
      'storage POST /storage/v1/b/{bucket}/acl',
      'makes or changes a credential or right: acl of the bucket {bucket}; grants rights',
    ),
    mint(
      'storage PUT /storage/v1/b/{bucket}/iam',
      'makes or changes a credential or right: iam of the bucket {bucket}; grants rights',
    ),
    mint(
      'cloudresourcemanager POST /v1/projects/{project}:setIamPolicy',
      'makes or changes a credential or right: set iam policy of the project {project}; grants rights',
    ),
    reveal(
      'cloudkms POST /v1/projects/{project}/locations/{location}/keyRings/{keyRing}/cryptoKeys/{cryptoKey}:decrypt',
      'shows decrypt of the crypto key {cryptoKey}',
    ),
    mint(
      'compute POST /compute/v1/projects/{project}/setCommonInstanceMetadata',
      'makes or changes a credential or right: set common instance metadata of the project {project}; ssh keys in metadata',
    ),
    mint(
      'compute POST /compute/v1/projects/{project}/zones/{zone}/instances/{instance}/setMetadata',
      'makes or changes a credential or right: set metadata of the instance {instance}; ssh keys in metadata',
    ),
    mint('sts POST /v1/token', 'makes or changes a credential or right: token; token exchange'),
    critical(
      'compute DELETE /compute/v1/projects/{project}/zones/{zone}/instances/{instance}',
      'deletes the instance {instance}',
    ),
    critical('storage DELETE /storage/v1/b/{bucket}', 'deletes the bucket {bucket}'),
    high(
      'storage PATCH /storage/v1/b/{bucket}',
      'changes how long the bucket {bucket} keeps its objects',
      { has: 'retentionPolicy' },
    ),
    high('storage PATCH /storage/v1/b/{bucket}', 'lets objects of the bucket {bucket} expire', {
      has: 'lifecycle',
    }),
    high(
      'sqladmin PATCH /v1/projects/{project}/instances/{instance}',
      'takes the protection against deletion off {instance}',
      { has: 'deletionProtectionEnabled', values: [false] },
    ),
    write(
      'pubsub POST /v1/projects/{project}/subscriptions/{subscription}:acknowledge',
      'takes messages',
    ),
    write('pubsub POST /v1/projects/{project}/subscriptions/{subscription}:pull', 'takes messages'),
    read('sqladmin GET /v1/projects/{project}/instances/{instance}/users', 'lists users'),
  ],
  quiet: [
    'compute GET /compute/v1/projects/p/zones/z/instances',
    'compute GET /compute/v1/projects/p/zones/z/instances/i',
    'compute POST /compute/v1/projects/p/zones/z/instances',
    'compute POST /compute/v1/projects/p/zones/z/instances/i/start',
    'compute POST /compute/v1/projects/p/zones/z/disks',
    'compute POST /compute/v1/projects/p/zones/z/disks/d/createSnapshot',
    'compute GET /compute/v1/projects/p/global/firewalls',
    'compute GET /compute/v1/projects/p/zones',
    'compute GET /compute/v1/projects/p/regions/r/subnetworks',
    'storage GET /storage/v1/b',
    'storage GET /storage/v1/b/bucket/o',
    'storage GET /storage/v1/b/bucket/o/dir%2Ffile.txt',
    'storage POST /upload/storage/v1/b/bucket/o',
    'storage POST /storage/v1/b',
    'storage PATCH /storage/v1/b/bucket',
    'bigquery GET /bigquery/v2/projects/p/datasets',
    'bigquery GET /bigquery/v2/projects/p/jobs',
    'bigquery GET /bigquery/v2/projects/p/datasets/d/tables/t/data',
    'bigquery POST /bigquery/v2/projects/p/datasets/d/tables/t/insertAll',
    'pubsub GET /v1/projects/p/topics',
    'pubsub POST /v1/projects/p/topics/t:publish',
    'pubsub POST /v1/projects/p/subscriptions/s:pull',
    'pubsub POST /v1/projects/p/subscriptions/s:acknowledge',
    'pubsub PUT /v1/projects/p/topics/t',
    'run GET /v2/projects/p/locations/l/services',
    'run POST /v2/projects/p/locations/l/services',
    'run PATCH /v2/projects/p/locations/l/services/s',
    'sqladmin GET /v1/projects/p/instances',
    'sqladmin GET /v1/projects/p/instances/i/databases',
    'sqladmin POST /v1/projects/p/instances',
    'sqladmin POST /v1/projects/p/instances/i/databases',
    'sqladmin POST /v1/projects/p/instances/i/backupRuns',
    'sqladmin PATCH /v1/projects/p/instances/i',
    'container GET /v1/projects/p/locations/l/clusters',
    'container POST /v1/projects/p/locations/l/clusters',
    'cloudresourcemanager GET /v1/projects',
    'cloudresourcemanager GET /v3/projects/p',
    'cloudresourcemanager POST /v1/projects/p:getIamPolicy',
    'cloudresourcemanager POST /v1/projects/p:testIamPermissions',
    'secretmanager GET /v1/projects/p/secrets',
    'secretmanager POST /v1/projects/p/secrets',
    'secretmanager POST /v1/projects/p/secrets/s:addVersion',
    'iam GET /v1/projects/p/serviceAccounts',
    'iam POST /v1/projects/p/serviceAccounts',
    'iam GET /v1/projects/p/serviceAccounts/s/keys',
    'logging POST /v2/entries:list',
    'logging POST /v2/entries:write',
    'logging GET /v2/projects/p/logs',
    'monitoring GET /v3/projects/p/timeSeries',
    'monitoring POST /v3/projects/p/timeSeries',
    'firestore POST /v1/projects/p/databases/d/documents:runQuery',
    'firestore PATCH /v1/projects/p/databases/d/documents/c/x',
    'firestore POST /v1/projects/p/databases/d/documents:batchGet',
    'cloudfunctions GET /v2/projects/p/locations/l/functions',
    'cloudbuild POST /v1/projects/p/builds',
    'cloudbuild GET /v1/projects/p/builds/b',
    'artifactregistry GET /v1/projects/p/locations/l/repositories',
    'dns GET /dns/v1/projects/p/managedZones',
    'dns GET /dns/v1/projects/p/managedZones/z/rrsets',
    'dns POST /dns/v1/projects/p/managedZones',
    'redis GET /v1/projects/p/locations/l/instances',
    'spanner GET /v1/projects/p/instances',
    'spanner POST /v1/projects/p/instances/i/databases/d/sessions',
    'cloudkms GET /v1/projects/p/locations/l/keyRings',
    'cloudkms POST /v1/projects/p/locations/l/keyRings/k/cryptoKeys/c:encrypt',
    'serviceusage GET /v1/projects/p/services',
    'serviceusage POST /v1/projects/p/services/s:enable',
    'cloudbilling GET /v1/projects/p/billingInfo',
    'appengine GET /v1/apps/a/services',
    'aiplatform POST /v1/projects/p/locations/l/endpoints/e:predict',
    'cloudscheduler GET /v1/projects/p/locations/l/jobs',
    'cloudtasks POST /v2/projects/p/locations/l/queues/q/tasks',
    'file GET /v1/projects/p/locations/l/instances',
    'alloydb GET /v1/projects/p/locations/l/clusters',
    'bigtableadmin GET /v2/projects/p/instances',
    'identitytoolkit POST /v1/accounts:lookup',
    'firebase GET /v1beta1/projects',
  ],
  sql: [
    {
      match: 'bigquery POST /bigquery/v2/projects/{project}/queries',
      at: ['query'],
      dialect: 'other',
    },
    {
      match: 'bigquery POST /bigquery/v2/projects/{project}/jobs',
      at: ['configuration.query.query'],
      dialect: 'other',
    },
  ],
};
