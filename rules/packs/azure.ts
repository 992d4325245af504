/** Azure: what destroys, reveals and mints. */

import type { Pack } from '../src/http/pack.ts';
import { critical, high, mint, reveal } from '../src/http/pack-words.ts';

export const AZURE: Pack = {
  name: 'azure',
  title: 'Azure',
  hosts: ['management.azure.com', 'management.usgovcloudapi.net', 'management.chinacloudapi.cn'],
  source: 'github.com/Azure/azure-rest-api-specs',
  date: '2026-11-21',
  operations: [
    critical(
      'DELETE /subscriptions/{subscription}/resourceGroups/{resourceGroup}/providers/Microsoft.ContainerService/managedClusters/{managedCluster}',
      'deletes the managed cluster {managedCluster}',
    ),
    critical(
      'DELETE /subscriptions/{subscription}/resourceGroups/{resourceGroup}/providers/Microsoft.DocumentDB/databaseAccounts/{databaseAccount}',
      'deletes the database account {databaseAccount}',
    ),
    critical(
      'DELETE /subscriptions/{subscription}/resourceGroups/{resourceGroup}/providers/Microsoft.DocumentDB/databaseAccounts/{databaseAccount}/mongodbDatabases/{mongodbDatabase}',
      'deletes the mongodb database {mongodbDatabase}',
    ),
    high(
      'POST /subscriptions/{subscription}/resourceGroups/{resourceGroup}/providers/Microsoft.DocumentDB/databaseAccounts/{databaseAccount}/regenerateKey',
      'does `regenerate key` of the database account {databaseAccount}',
    ),
    critical(
      'DELETE /subscriptions/{subscription}/resourceGroups/{resourceGroup}/providers/Microsoft.DocumentDB/databaseAccounts/{databaseAccount}/sqlDatabases/{sqlDatabase}',
      'deletes the sql database {sqlDatabase}',
    ),
    critical(
      'DELETE /subscriptions/{subscription}/resourceGroups/{resourceGroup}/providers/Microsoft.Compute/disks/{disk}',
      'deletes the disk {disk}',
    ),
    high(
      'DELETE /subscriptions/{subscription}/resourceGroups/{resourceGroup}/providers/Microsoft.Compute/images/{image}',
      'deletes the image {image}',
    ),
    critical(
      'DELETE /subscriptions/{subscription}/resourceGroups/{resourceGroup}/providers/Microsoft.KeyVault/managedHSMs/{managedHsm}',
      'deletes the managed hsm {managedHsm}',
    ),
    critical(
      'DELETE /subscriptions/{subscription}/resourceGroups/{resourceGroup}/providers/Microsoft.DBforPostgreSQL/flexibleServers/{flexibleServer}/backups/{backup}',
      'deletes the backup {backup}',
    ),
    critical(
      'DELETE /subscriptions/{subscription}/resourceGroups/{resourceGroup}/providers/Microsoft.DBforPostgreSQL/flexibleServers/{flexibleServer}/databases/{database}',
      'deletes the database {database}',
    ),
    critical(
      'DELETE /subscriptions/{subscription}/resourceGroups/{resourceGroup}/providers/Microsoft.DBforPostgreSQL/flexibleServers/{flexibleServer}',
      'deletes the flexible server {flexibleServer}',
    ),
    high(
      'POST /subscriptions/{subscription}/resourceGroups/{resourceGroup}/providers/Microsoft.DBforPostgreSQL/flexibleServers/{flexibleServer}/stop',
      'does `stop` of the flexible server {flexibleServer}',
    ),
    high(
      'POST /subscriptions/{subscription}/resourceGroups/{resourceGroup}/moveResources',
      'does `move resources` of the resource group {resourceGroup}',
    ),
    critical(
      'DELETE /subscriptions/{subscription}/resourceGroups/{resourceGroup}/providers/Microsoft.Compute/snapshots/{snapshot}',
      'deletes the snapshot {snapshot}',
    ),
    critical(
      'DELETE /subscriptions/{subscription}/resourceGroups/{resourceGroup}/providers/Microsoft.Compute/virtualMachineScaleSets/{virtualMachineScaleSet}',
      'deletes the virtual machine scale set {virtualMachineScaleSet}',
    ),
    reveal(
      'POST /subscriptions/{subscription}/resourceGroups/{resourceGroup}/providers/Microsoft.ContainerService/managedClusters/{managedCluster}/listClusterAdminCredential',
      'shows cluster admin credential of the managed cluster {managedCluster}',
    ),
    reveal(
      'POST /subscriptions/{subscription}/resourceGroups/{resourceGroup}/providers/Microsoft.ContainerService/managedClusters/{managedCluster}/listClusterUserCredential',
      'shows cluster user credential of the managed cluster {managedCluster}',
    ),
    reveal(
      'POST /subscriptions/{subscription}/resourceGroups/{resourceGroup}/providers/Microsoft.DocumentDB/databaseAccounts/{databaseAccount}/listKeys',
      'shows keys of the database account {databaseAccount}',
    ),
    reveal(
      'POST /subscriptions/{subscription}/resourceGroups/{resourceGroup}/providers/Microsoft.DocumentDB/databaseAccounts/{databaseAccount}/listConnectionStrings',
      'shows connection strings of the database account {databaseAccount}',
    ),
    reveal(
      'POST /subscriptions/{subscription}/resourceGroups/{resourceGroup}/providers/Microsoft.Storage/storageAccounts/{storageAccount}/listKeys',
      'shows keys of the storage account {storageAccount}',
    ),
    mint(
      'POST /subscriptions/{subscription}/resourceGroups/{resourceGroup}/providers/Microsoft.Storage/storageAccounts/{storageAccount}/listAccountSas',
      'makes or changes a credential or right: list account sas of the storage account {storageAccount}',
    ),
    mint(
      'POST /subscriptions/{subscription}/resourceGroups/{resourceGroup}/providers/Microsoft.Storage/storageAccounts/{storageAccount}/listServiceSas',
      'makes or changes a credential or right: list service sas of the storage account {storageAccount}',
    ),
    mint(
      'POST /subscriptions/{subscription}/resourceGroups/{resourceGroup}/providers/Microsoft.Storage/storageAccounts/{storageAccount}/regenerateKey',
      'makes or changes a credential or right: regenerate key of the storage account {storageAccount}',
    ),
    critical(
      'DELETE /subscriptions/{subscription}/resourceGroups/{group}',
      'deletes the resource group {group} with everything in it',
    ),
    critical(
      'DELETE /subscriptions/{subscription}/resourcegroups/{group}/providers/{provider}/virtualMachines/{machine}',
      'deletes the machine {machine}',
    ),
    critical(
      'DELETE /subscriptions/{subscription}/resourcegroups/{group}/providers/{provider}/storageAccounts/{account}',
      'deletes the storage account {account} with everything in it',
    ),
    critical(
      'PUT /subscriptions/{subscription}/resourcegroups/{group}/providers/Microsoft.Resources/deployments/{deployment}',
      'deletes what the template does not name in the resource group {group}',
      { has: 'mode', values: ['Complete'] },
    ),
    high(
      'POST /subscriptions/{subscription}/resourcegroups/{group}/providers/{provider}/virtualMachines/{machine}/runCommand',
      'runs a command in the machine {machine}',
    ),
    mint(
      'PUT /{scope+}/providers/Microsoft.Authorization/roleAssignments/{assignment}',
      'hands out rights',
    ),
  ],
  quiet: [
    'GET /subscriptions',
    'GET /subscriptions/s/resourceGroups',
    'GET /subscriptions/s/resourceGroups/g/resources',
    'PUT /subscriptions/s/resourceGroups/g',
    'GET /subscriptions/s/providers/Microsoft.Compute/virtualMachines',
    'GET /subscriptions/s/resourceGroups/g/providers/Microsoft.Compute/virtualMachines/v',
    'PUT /subscriptions/s/resourceGroups/g/providers/Microsoft.Compute/virtualMachines/v',
    'POST /subscriptions/s/resourceGroups/g/providers/Microsoft.Compute/virtualMachines/v/start',
    'GET /subscriptions/s/resourceGroups/g/providers/Microsoft.Compute/disks/d',
    'PUT /subscriptions/s/resourceGroups/g/providers/Microsoft.Compute/snapshots/x',
    'GET /subscriptions/s/resourceGroups/g/providers/Microsoft.Storage/storageAccounts/a',
    'PUT /subscriptions/s/resourceGroups/g/providers/Microsoft.Storage/storageAccounts/a',
    'PATCH /subscriptions/s/resourceGroups/g/providers/Microsoft.Web/sites/w',
    'GET /subscriptions/s/resourceGroups/g/providers/Microsoft.Web/sites/w',
    'PUT /subscriptions/s/resourceGroups/g/providers/Microsoft.Resources/deployments/d',
    'POST /subscriptions/s/resourceGroups/g/providers/Microsoft.Resources/deployments/d/validate',
    'GET /subscriptions/s/resourceGroups/g/providers/Microsoft.DocumentDB/databaseAccounts/a',
    'GET /subscriptions/s/resourceGroups/g/providers/Microsoft.DBforPostgreSQL/flexibleServers/p',
    'PUT /subscriptions/s/resourceGroups/g/providers/Microsoft.DBforPostgreSQL/flexibleServers/p/databases/d',
    'GET /subscriptions/s/resourceGroups/g/providers/Microsoft.ContainerService/managedClusters/c',
    'PUT /subscriptions/s/resourceGroups/g/providers/Microsoft.ContainerService/managedClusters/c',
    'GET /subscriptions/s/providers/Microsoft.Insights/metrics',
    'POST /providers/Microsoft.ResourceGraph/resources',
    'GET /tenants',
    'GET /subscriptions/s/locations',
    'PUT /subscriptions/s/tagNames/t',
  ],
};
