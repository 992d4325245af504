/** Railway: every mutation of its published schema, and the queries that show credentials. */

import type { Pack } from '../src/http/pack.ts';
import {
  critical,
  high,
  medium,
  mint,
  mutations,
  read,
  reveal,
  samples,
  write,
} from '../src/http/pack-words.ts';

/** A member that deletes what it stands in, inside of the JSON scalar of a change to an environment. */
const DELETES = { has: 'isDeleted', values: [true] } as const;

export const RAILWAY: Pack = {
  name: 'railway',
  title: 'Railway',
  hosts: ['backboard.railway.com', 'backboard.railway.app'],
  source: 'github.com/railwayapp/cli src/gql/schema.json',
  date: '2026-11-21',
  secretFields: ['variables', 'unrenderedVariables', 'renderedVariables', 'secretAccessKey'],
  lookups: {
    volumeDelete: 'query Name($id: String!) { volume(id: $id) { name } }',
    projectDelete: 'query Name($id: String!) { project(id: $id) { name } }',
    projectScheduleDelete: 'query Name($id: String!) { project(id: $id) { name } }',
    environmentDelete: 'query Name($id: String!) { environment(id: $id) { name } }',
    serviceDelete: 'query Name($id: String!) { service(id: $id) { name } }',
  },
  operations: [
    critical(
      'mutation volumeDelete',
      'deletes the volume {id} with everything on it; its backups are deleted with it',
    ),
    critical(
      'mutation projectDelete',
      'deletes the project {id} with all its services, databases and volumes',
    ),
    critical(
      'mutation projectScheduleDelete',
      'deletes the project {id} with all its services, databases and volumes, after 48 hours',
    ),
    critical(
      'mutation projectScheduleDeleteForce',
      'deletes the project {id} at once, without the hours of grace',
    ),
    critical(
      'mutation environmentDelete',
      'deletes the environment {id} with all its services and volumes',
    ),
    critical(
      'mutation serviceDelete',
      'deletes the service {id}, in every environment that is no fork',
    ),
    critical('mutation pluginDelete', 'deletes the database plugin {id} with its data'),
    critical('mutation pluginReset', 'empties the database plugin {id}'),
    critical('mutation volumeInstanceBackupDelete', 'deletes the backup {id}'),
    critical('mutation volumeInstanceBackupRestore', 'overwrites the volume {id} with a backup'),
    critical('mutation workspaceDelete', 'deletes the workspace {id} with all its projects'),
    critical('mutation userDelete', 'deletes the account that is signed in'),
    critical(
      'mutation environmentPatchCommit',
      'deletes what its patch marks with `isDeleted` in the environment {environmentId}',
      DELETES,
    ),
    critical(
      'mutation environmentPatchCommitStaged',
      'puts staged changes of the environment {environmentId} in force, deletions among them; what is staged cannot be seen here',
    ),
    critical(
      'mutation environmentApplyChangeSet',
      'applies a set of changes that deletes something in the environment {environmentId}',
      {
        contains: ['delete', 'remove', 'destroy', 'isDeleted'],
      },
    ),
    high(
      'mutation environmentStageChanges',
      'stages deletions in the environment {environmentId}',
      DELETES,
    ),
    high(
      'mutation volumeInstancePITRRestore',
      'restores {id} to an earlier time, as a new service',
    ),
    high('mutation volumeInstanceUpdate', 'detaches or moves the volume {id}', {
      has: 'serviceId',
      values: [null],
    }),
    high('mutation deploymentRemove', 'removes the deployment {id}, which stops its service'),
    high('mutation deploymentRollback', 'rolls back to the deployment {id}'),
    high('mutation deploymentStop', 'stops the deployment {id}'),
    high('mutation variableDelete', 'deletes the variable {name}'),
    high('mutation variableCollectionUpsert', 'replaces all variables by those it names', {
      has: 'replace',
      values: [true],
    }),
    high('mutation serviceDomainDelete', 'deletes the domain {id} of a service'),
    high('mutation customDomainDelete', 'deletes the domain {id}'),
    high('mutation railwayDomainDnsRecordDelete', 'deletes a DNS record of a domain'),
    high('mutation railwayDomainNameserversSet', 'hands a domain to other name servers'),
    high('mutation tcpProxyDelete', 'deletes the TCP proxy {id}'),
    high('mutation privateNetworkEndpointDelete', 'deletes the private endpoint {id}'),
    high(
      'mutation privateNetworksForEnvironmentDelete',
      'deletes all private networks of the environment {environmentId}',
    ),
    high('mutation projectTransfer', 'hands the project {projectId} to another workspace'),
    high('mutation projectTransferConfirm', 'confirms that a project is handed to somebody else'),
    high('mutation projectTransferInitiate', 'begins to hand a project to somebody else'),
    high('mutation projectTransferToTeam', 'hands the project {id} to another team'),
    high('mutation templateRevert', 'turns a database cluster back into a single one'),
    high('mutation signalDelete', 'deletes a signal with its log'),
    high('mutation signalReplace', 'replaces a signal and clears its rules'),
    high('mutation disablePitrForHaCluster', 'ends the point-in-time recovery of a database'),
    high('mutation serviceDisconnect', 'cuts the service {id} off its repository'),
    high('mutation serviceRemoveUpstreamUrl', 'cuts the service {id} off its upstream'),
    high('mutation twoFactorInfoDelete', 'switches two-factor authentication off'),
    high('mutation egressGatewayAssociationsClear', 'releases the fixed addresses of a service'),
    high('mutation egressGatewayRollbackFromHA', 'gives up the fixed addresses of a service'),
    high('mutation disableServiceCdn', 'switches the CDN of a service off'),
    high('mutation usageLimitRemove', 'removes the limit of what may be spent'),
    high('mutation cloudAgentDelete', 'deletes the cloud agent {id}'),
    ...mutations(
      high,
      'workspaceUserRemove workspaceLeave projectMemberRemove projectLeave apiTokenDelete projectTokenDelete',
    ),
    ...mutations(
      high,
      'passkeyDelete sshPublicKeyDelete providerAuthRemove trustedDomainDelete templateDelete',
    ),
    ...mutations(
      high,
      'integrationDelete deploymentTriggerDelete workspacePolicyDeploySourceAllowlistRemove',
    ),
    ...mutations(
      high,
      'workspaceTwoFactorEnforcementUpdate botScopeBindingRemove setServiceUnderAttackMode',
    ),
    ...mutations(
      medium,
      'sandboxDestroy sandboxCheckpointDelete notificationRuleDelete projectInvitationDelete sessionDelete',
    ),
    ...mutations(
      medium,
      'observabilityDashboardReset deploymentCancel purgeServiceCache templateUnpublish signalRollback',
    ),
    ...mutations(
      medium,
      'signalRuleUnset cloudAgentSleep cancelPitrHaWorkflow updateServiceEdgeRules pluginRestart',
    ),
    mint('mutation apiTokenCreate', 'makes an API token for the whole account'),
    mint('mutation projectTokenCreate', 'makes a token of a project'),
    mint('mutation pluginResetCredentials', 'makes new credentials of the database plugin {id}'),
    mint('mutation bucketCredentialsReset', 'makes new credentials of the bucket {bucketId}'),
    mint('mutation generateShellToken', 'makes a token that opens a shell in a service'),
    mint('mutation sshPublicKeyCreate', 'gives a key access to every service'),
    mint('mutation sshSignupApprove', 'gives an offered key access to the account'),
    mint('mutation tcpProxyCreate', 'opens a port of a service to the internet'),
    mint('mutation cloudAgentHarnessToken', 'makes a token of the cloud agent {id}'),
    mint('mutation recoveryCodeGenerate', 'makes new recovery codes of the account'),
    mint(
      'mutation twoFactorInfoCreate',
      'sets two-factor authentication up, and shows its recovery codes',
    ),
    mint('mutation twoFactorInfoSecret', 'makes a new secret of two-factor authentication'),
    mint('mutation loginSessionAuth', 'signs another program in'),
    mint('mutation loginSessionConsume', 'takes the token of a sign-in'),
    mint('mutation inviteCodeUse', 'joins a project'),
    mint(
      'mutation workspaceInviteCodeCreate',
      'makes a code that lets somebody into the workspace {workspaceId}',
    ),
    ...mutations(
      mint,
      'workspaceUserInvite projectInviteUser projectInvitationCreate projectMemberAdd projectMemberUpdate',
    ),
    ...mutations(
      mint,
      'workspacePermissionChange trustedDomainCreate trustedDomainUpdate emailChangeInitiate emailChangeConfirm',
    ),
    ...mutations(
      mint,
      'workspaceInviteCodeUse projectInvitationAccept projectInvitationResend projectClaim',
    ),
    reveal('mutation sandboxExec', 'runs a command in the sandbox {id}, where its secrets are'),
    reveal(
      'mutation deploymentInstanceExecutionCreate',
      'runs something in a deployment, where its secrets are',
    ),
    reveal('query variables', 'shows the values of all variables, `DATABASE_URL` among them'),
    reveal(
      'query variablesForServiceDeployment',
      'shows the values of all variables of the service {serviceId}',
    ),
    reveal('query bucketS3Credentials', 'shows the credentials of the bucket {bucketId}'),
    read('mutation environmentPreviewChangeSet', 'previews a set of changes'),
    read('mutation egressGatewayHAMigrationPreview', 'previews fixed addresses'),
    read('mutation loginSessionVerify', 'looks whether a sign-in is valid'),
    read('mutation twoFactorInfoValidate', 'checks a code'),
    read('mutation recoveryCodeValidate', 'checks a code'),
    write('mutation projectScheduleDeleteCancel', 'takes back that the project {id} is deleted'),
    ...mutations(
      write,
      'agentUsageLimitSet baseEnvironmentOverride bucketCreate bucketUpdate canvasViewMerge',
    ),
    ...mutations(
      write,
      'clearPitrHaWorkflowProgress cliAuthEventTrack cliEventTrack cloudAgentCreate cloudAgentStateReport',
    ),
    ...mutations(
      write,
      'cloudAgentWake customDomainCreate customDomainIssueCertificate customDomainUpdate',
    ),
    ...mutations(
      write,
      'customerCreateFreePlanSubscription customerTogglePayoutsToCredits deploymentApprove',
    ),
    ...mutations(
      write,
      'deploymentRedeploy deploymentRestart deploymentTriggerCreate deploymentTriggerUpdate',
    ),
    ...mutations(
      write,
      'dockerComposeImport egressGatewayAssociationCreate egressGatewayUpgradeToHA enablePitrForHaCluster',
    ),
    ...mutations(
      write,
      'enableServiceCdn environmentCreate environmentRename environmentTriggersDeploy environmentUnskipService',
    ),
    ...mutations(
      write,
      'fairUseAgree featureFlagAdd featureFlagRemove githubRepoDeploy githubRepoUpdate herokuImportVariables',
    ),
    ...mutations(
      write,
      'integrationCreate integrationUpdate jobApplicationCreate loginSessionCancel loginSessionCreate',
    ),
    ...mutations(
      write,
      'notificationDeliveriesMarkAsRead notificationRuleCreate notificationRuleUpdate',
    ),
    ...mutations(
      write,
      'observabilityDashboardCreate observabilityDashboardUpdate pluginCreate pluginStart pluginUpdate',
    ),
    ...mutations(
      write,
      'preferencesUpdate privateNetworkCreateOrGet privateNetworkEndpointCreateOrGet privateNetworkEndpointRename',
    ),
    ...mutations(
      write,
      'projectCreate projectFeatureFlagAdd projectFeatureFlagRemove projectUpdate railwayDomainDnsRecordCreate',
    ),
    ...mutations(
      write,
      'railwayDomainDnsRecordUpdate railwayDomainUpdate referralInfoUpdate sandboxCheckpointCreate',
    ),
    ...mutations(
      write,
      'sandboxCheckpointRename sandboxCreate sandboxHeartbeat sandboxTemplateBuild serviceConnect serviceCreate',
    ),
    ...mutations(
      write,
      'serviceDomainCreate serviceDomainUpdate serviceDuplicate serviceFeatureFlagAdd serviceFeatureFlagRemove',
    ),
    ...mutations(
      write,
      'serviceInstanceAutoDeployUpdate serviceInstanceDeploy serviceInstanceDeployV2 serviceInstanceLimitsUpdate',
    ),
    ...mutations(
      write,
      'serviceInstanceRedeploy serviceInstanceUpdate serviceInstanceVulnRemediationDismiss',
    ),
    ...mutations(
      write,
      'serviceInstanceVulnRemediationPatchNow serviceUpdate setupAgentEventTrack sharedVariableConfigure',
    ),
    ...mutations(
      write,
      'signalCreate signalDefaultSet signalRuleSet templateClone templateDeploy templateDeployV2 templateGenerate',
    ),
    ...mutations(
      write,
      'templatePublish templateServiceSourceEject templateVolumeUpdate trustedDomainRetriggerVerification',
    ),
    ...mutations(
      write,
      'updateServiceEdgeConfig upsertSlackChannel usageLimitSet userBetaLeave userDiscordDisconnect',
    ),
    ...mutations(
      write,
      'userFlagsRemove userFlagsSet userProfileUpdate userTermsUpdate variableUpsert volumeCreate',
    ),
    ...mutations(
      write,
      'volumeInstanceBackupCreate volumeInstanceBackupLock volumeInstanceBackupScheduleUpdate volumeUpdate',
    ),
    ...mutations(
      write,
      'webhookTest workspacePolicyDeploySourceAllowlistAdd workspacePolicyItemUpdate workspaceUpdate',
    ),
    ...mutations(write, 'workspaceUpsertSlackChannel'),
  ],
  quiet: [
    ...samples(
      'query ',
      'me project projects environment environments service serviceInstance deployment deployments',
    ),
    ...samples(
      'query ',
      'buildLogs deploymentLogs environmentLogs httpLogs metrics usage estimatedUsage regions domains',
    ),
    ...samples(
      'query ',
      'customDomain domainStatus volumeInstance volumeInstanceBackupList volumeInstanceBackupScheduleList',
    ),
    ...samples(
      'query ',
      'template templates githubRepos events workflowStatus projectTokens apiTokens tcpProxies',
    ),
    ...samples(
      'mutation ',
      'serviceCreate serviceUpdate serviceInstanceRedeploy serviceInstanceDeployV2 variableUpsert',
    ),
    ...samples(
      'mutation ',
      'environmentCreate volumeCreate volumeUpdate volumeInstanceBackupCreate deploymentRestart',
    ),
    ...samples(
      'mutation ',
      'templateDeployV2 customDomainCreate serviceDomainCreate projectCreate projectUpdate',
    ),
    ...samples(
      'mutation ',
      'variableCollectionUpsert environmentPatchCommit environmentStageChanges environmentApplyChangeSet',
    ),
    ...samples(
      'mutation ',
      'environmentRename deploymentRedeploy serviceConnect featureFlagAdd cliEventTrack',
    ),
  ],
};
