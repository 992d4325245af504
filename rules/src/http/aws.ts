/**
 * Requests to AWS: the operation from whatever form it is sent in. Query and EC2 forms say it as `Action`, JSON forms in
 * `X-Amz-Target`, CBOR in the path, REST forms by route, S3 by method and sub-resource. A request that says it twice is
 * judged for each.
 */

import type { HttpTarget } from '../facts/http-deed.ts';
import type { HttpOperation } from '../facts/http-facts.ts';
import { holds, isObject } from './condition.ts';
import type { ConditionInput } from './condition.ts';
import type { CompiledPack } from './compile-pack.ts';
import { valuesOf } from './field-list.ts';
import {
  plainOperation,
  shorten,
  strictestOf,
  toNoun,
  toOperation,
  unknownOperation,
} from './operations.ts';
import type { PackOperation } from './pack.ts';
import type { ReadBody } from './read-body.ts';
import type { HttpRequestHead } from './request.ts';
import { valuesOfPair } from './request-target.ts';
import type { PathSegments, QueryPairs } from './request-target.ts';
import { toWords, weightOf } from './words.ts';

/** A host of AWS: `ec2.eu-west-1.amazonaws.com`, `bucket.s3.amazonaws.com`. */
export interface AwsPlace {
  /** First part of the endpoint: `ec2`, `api.ecr`; empty: the host does not tell. */
  readonly service: string;
  readonly region: string | null;
  /** The bucket, where the host names one. */
  readonly bucket: string | null;
}

const REGION = /^[a-z]{2}(-[a-z]+)+-\d$/;

/** Reads a host, and the scope of the signature where the host is not one of AWS. */
export function placeOf(head: HttpRequestHead): AwsPlace {
  const match = /^(.+)\.(?:amazonaws\.com(?:\.cn)?|api\.aws)$/.exec(head.host);
  if (match === null) return placeOfScope(head);
  const labels = (match[1] ?? '').split('.').map((label) => label.replace(/-fips$/, ''));
  const region = labels.find((label) => REGION.test(label)) ?? null;
  const at = labels.findIndex((label) => label === 's3' || /^s3[-.]/.test(label));
  if (at >= 0)
    return { service: 's3', region, bucket: at === 0 ? null : labels.slice(0, at).join('.') };
  const useful = labels.filter((label) => !REGION.test(label) && label !== 'dualstack');
  return { service: useful.join('.'), region, bucket: null };
}

/** `Credential=AKIA…/20260101/eu-west-1/ec2/aws4_request`, in the field or in a presigned URL. */
function placeOfScope(head: HttpRequestHead): AwsPlace {
  const signed = [...valuesOf(head.fields, 'authorization'), decodeURIComponentSafely(head.target)];
  const match = /Credential=[^/\s,&]+\/\d+\/([a-z0-9-]+)\/([a-z0-9.-]+)\/aws4_request/.exec(
    signed.join(' '),
  );
  const [, region, service] = match ?? [];
  return { service: service ?? '', region: region ?? null, bucket: null };
}

function decodeURIComponentSafely(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Everything of a request that an operation of AWS may be told by. */
export interface AwsRequest {
  readonly head: HttpRequestHead;
  readonly place: AwsPlace;
  readonly segments: PathSegments;
  readonly query: QueryPairs;
  readonly body: ReadBody;
  readonly input: ConditionInput;
}

/** Operations that are named rather than routed. Empty: none is named. */
export function judgeAwsNamed(
  request: AwsRequest,
  packs: readonly CompiledPack[],
): readonly HttpOperation[] {
  return namesOf(request).map((name) => judgeAction(name, request, packs));
}

function namesOf({ head, segments, query, body }: AwsRequest): readonly string[] {
  const targets = valuesOf(head.fields, 'x-amz-target')
    .flatMap((value) => value.split(','))
    .map((value) => value.trim().split('.').at(-1) ?? '');
  const actions = [...valuesOfPair(query, 'Action'), ...valuesOfPair(body.form, 'Action')];
  const at = segments.findIndex((segment) => segment.toLowerCase() === 'operation');
  const called = segments[0]?.toLowerCase() === 'service' && at === 2 ? [segments[3] ?? ''] : [];
  return [...new Set([...targets, ...actions, ...called])].filter((name) => name !== '');
}

/** Judges an operation by its name. */
export function judgeAction(
  action: string,
  request: AwsRequest,
  packs: readonly CompiledPack[],
): HttpOperation {
  const { place, input } = request;
  const name = place.service === '' ? action : `${place.service}:${action}`;
  const target = targetOf(action, request);
  const names = { id: target?.id ?? undefined };
  const exact = packs.flatMap((pack) => pack.actions.get(name.toLowerCase()) ?? []);
  const entries = exact.length > 0 || place.service !== '' ? exact : byName(action, packs);
  const [first, ...others] = entries.map((entry) =>
    entry.when === undefined || holds(entry.when, input)
      ? toOperation(entry, { name, target, names })
      : plainOperation(name, verbOf(action), { target, does: `runs \`${shorten(name)}\`` }),
  );
  return first === undefined ? judgeVerb(action, name, target) : strictestOf([first, ...others]);
}

function byName(action: string, packs: readonly CompiledPack[]): readonly PackOperation[] {
  return packs.flatMap((pack) => pack.actions.get(action.toLowerCase()) ?? []);
}

const READS =
  /^(Get|List|Describe|Head|Search|Query|Scan|Select|BatchGet|BatchDescribe|Lookup|Check|Test|Validate|Estimate|Preview|Simulate|Filter|Discover|Detect|View|Verify|Count|Export|Download|Retrieve|Predict|Decode|Is|Has|Poll|Receive|TransactGet|Resolve|Evaluate|Compare|Classify|Translate|Transcribe|Converse|InvokeModel|Calculate|Peek|Read|Lookup|Show|Contains|Tail)/;
const REVEALS =
  /^(Get|BatchGet|Describe|Retrieve|Download|Show|List).*(SecretValue|Password|PrivateKey|Credentials?|AccessDetails|KeyPair|ConnectionString|ApiKeys)$|^Decrypt|^ReEncrypt|^Get.*Token$/;
const MINTS =
  /^AssumeRole|^(Create|Generate|Issue|Reset|Rotate|Import|Upload|Get)(.*)(AccessKey|Credentials?|LoginProfile|ApiKey|ApiToken|AuthToken|Token|KeyPair|Password|SshPublicKey|SSHPublicKey|DataKey\w*|Grant|ServiceSpecificCredential)$|^CreateOAuth|^(Attach|Put)(User|Role|Group)Policy$|^AddUserToGroup$|^AddRoleToInstanceProfile$|^CreatePolicyVersion$|^SetDefaultPolicyVersion$|^UpdateAssumeRolePolicy$|^AddPermission$|^Authorize(SecurityGroup|Cluster)/;
const DESTROYS =
  /^(Batch|Admin|Force|Schedule)?(Delete|Terminate|Destroy|Remove|Purge|Deregister|Disable|Deactivate|Detach|Disassociate|Revoke|Reset|Restore|Stop|Suspend|Reject|Release|Leave|Empty|Flush|Failover|Rollback|Evict|Abort|Erase|Wipe|Unsubscribe|Disconnect|Close|Withdraw|Expire|Decommission|Discard|Dispose|Unassign|Forget|Retire|Kill|Rebuild|Reimage|Unlink|Invalidate|Switchover|Forcefully|Drop)|Deletion$|^Cancel|^Reboot.*ForceFailover|^TransferDomain/;
const TRIFLES =
  /Tags?$|^Untag|TagsFromResource$|^DeleteMessage|^DeleteMessageBatch$|^RemoveTag|^AbortMultipartUpload$|^CancelQuery|^StopQuery|^StopSession|^Unsubscribe$|^CloseTunnel|^CancelExportTask|^CancelImportTask|^StopBuild$|^StopExecution$/;

function verbOf(action: string): 'read' | 'write' {
  return READS.test(action) ? 'read' : 'write';
}

function judgeVerb(action: string, name: string, target: HttpTarget | null): HttpOperation {
  const of = target?.id == null ? '' : ` on ${shorten(target.id)}`;
  const does = `runs \`${shorten(name)}\`${of}`;
  if (TRIFLES.test(action)) return plainOperation(name, 'write', { target, does });
  if (MINTS.test(action))
    return plainOperation(name, 'mint', {
      target,
      does: `makes a credential or hands out rights by \`${shorten(name)}\``,
    });
  if (REVEALS.test(action))
    return plainOperation(name, 'reveal', {
      target,
      does: `shows a credential by \`${shorten(name)}\``,
    });
  if (DESTROYS.test(action)) {
    const weight = weightOf(toWords(action).at(-1) ?? '');
    const forGood = /Delete|Terminate|Destroy|Purge|Deletion|Erase|Wipe|Drop/.test(action);
    const severity =
      forGood && weight === 'critical' ? 'critical' : weight === 'medium' ? 'medium' : 'high';
    return plainOperation(name, 'destroy', { severity, target, does });
  }
  return plainOperation(name, verbOf(action), { target, does });
}

/** The parameter that names what is acted on: the one whose name the operation holds, else the first that is an id. */
function targetOf(action: string, { place, query, body }: AwsRequest): HttpTarget | null {
  const noun = toNoun(toWords(action).slice(1).join(' '));
  const pairs: (readonly [string, string])[] = [...query, ...body.form];
  if (isObject(body.json)) {
    for (const [name, value] of Object.entries(body.json)) {
      if (typeof value === 'string') pairs.push([name, value]);
      else if (Array.isArray(value) && typeof value[0] === 'string') {
        pairs.push([name, (value as readonly unknown[]).map(String).join(', ')]);
      }
    }
  }
  const ids = pairs.filter(
    ([name]) =>
      /(Id|Ids|Name|Identifier|Arn|ARN|Url|Key)(\.\d+|\.member\.\d+)?$/.test(name) &&
      !/^X-Amz|AWSAccessKeyId/i.test(name),
  );
  const dense = noun.replaceAll(' ', '');
  const own = ids.filter(([name]) => {
    const words = toWords(
      name.replace(/\..*$/, '').replace(/(Id|Ids|Name|Identifier|Arn|Url)$/, ''),
    ).join('');
    return words !== '' && dense.includes(words.replace(/s$/, ''));
  });
  const chosen = own.length > 0 ? own : ids.slice(0, 1);
  const id = chosen.length === 0 ? null : chosen.map(([, value]) => value).join(', ');
  const region = place.region === null ? {} : { region: place.region };
  return noun === '' ? null : { kind: noun, id, parts: region };
}

/** Sub-resources of S3 whose change hands out rights or deletes later. */
const S3_GRANTS = new Set(['acl', 'policy', 'publicaccessblock']);
const S3_HARM = new Set(['lifecycle', 'versioning', 'object-lock', 'replication', 'encryption']);

/** S3 by method, path and sub-resource; the bucket may stand in the host or in the path. */
export function judgeS3(method: string, request: AwsRequest): HttpOperation {
  const { place, segments, query, body } = request;
  const bucket = place.bucket ?? segments[0] ?? null;
  const key = (place.bucket === null ? segments.slice(1) : segments).join('/');
  const names = new Set(query.map(([name]) => name.toLowerCase()));
  const sub = [...names].find((name) => S3_SUBRESOURCES.has(name)) ?? null;
  const target: HttpTarget =
    key === ''
      ? { kind: 'bucket', id: bucket, parts: {} }
      : { kind: 'object', id: key, parts: bucket === null ? {} : { bucket } };
  const what =
    key === ''
      ? `the bucket ${shorten(bucket ?? 'of unknown name')}`
      : `the object ${shorten(key)} of the bucket ${shorten(bucket ?? '')}`;
  switch (method) {
    case 'GET':
    case 'HEAD':
    case 'OPTIONS':
      return plainOperation(`s3:Get${key === '' ? 'Bucket' : 'Object'}`, 'read', {
        target,
        does: `reads ${what}`,
      });
    case 'DELETE':
      return deleteS3(sub, key, { target, what });
    case 'POST':
      if (!names.has('delete'))
        return plainOperation('s3:PostObject', 'write', { target, does: `uploads to ${what}` });
      return plainOperation('s3:DeleteObjects', 'destroy', {
        severity: 'critical',
        target,
        does: `deletes ${countKeys(body)} of ${what}`,
      });
    case 'PUT':
      return putS3(sub, request, { target, what });
    default:
      return unknownOperation(`\`${method}\` is no method of S3`);
  }
}

const S3_SUBRESOURCES = new Set([
  ...[
    'acl',
    'policy',
    'publicaccessblock',
    'lifecycle',
    'versioning',
    'object-lock',
    'replication',
  ],
  ...[
    'encryption',
    'tagging',
    'website',
    'cors',
    'logging',
    'notification',
    'uploadid',
    'ownershipcontrols',
  ],
  ...[
    'analytics',
    'inventory',
    'metrics',
    'retention',
    'legal-hold',
    'accelerate',
    'requestpayment',
    'intelligent-tiering',
  ],
]);

interface S3Words {
  readonly target: HttpTarget;
  readonly what: string;
}

function deleteS3(sub: string | null, key: string, { target, what }: S3Words): HttpOperation {
  if (sub === 'tagging' || sub === 'uploadid') {
    return plainOperation(`s3:Delete${sub}`, 'write', { target, does: `takes ${sub} off ${what}` });
  }
  if (sub !== null) {
    return plainOperation(`s3:DeleteBucket:${sub}`, 'destroy', {
      severity: 'high',
      target,
      does: `deletes the ${sub} settings of ${what}`,
    });
  }
  return key === ''
    ? plainOperation('s3:DeleteBucket', 'destroy', {
        severity: 'critical',
        target,
        does: `deletes ${what}`,
      })
    : plainOperation('s3:DeleteObject', 'destroy', {
        severity: 'high',
        target,
        does: `deletes ${what}`,
      });
}

function putS3(
  sub: string | null,
  { input }: AwsRequest,
  { target, what }: S3Words,
): HttpOperation {
  if (sub !== null && S3_GRANTS.has(sub)) {
    return plainOperation(`s3:Put:${sub}`, 'mint', {
      target,
      does: `changes who may reach ${what} (${sub})`,
    });
  }
  const harms =
    sub === 'versioning'
      ? holds({ contains: ['<Status>Suspended'] }, input)
      : sub !== null && S3_HARM.has(sub) && sub !== 'encryption';
  if (harms) {
    return plainOperation(`s3:Put:${sub ?? ''}`, 'destroy', {
      severity: 'high',
      target,
      does: `changes the ${sub ?? ''} rules of ${what}, by which data is lost later`,
    });
  }
  return plainOperation('s3:PutObject', 'write', { target, does: `writes ${what}` });
}

function countKeys(body: ReadBody): string {
  const keys = [...body.text.matchAll(/<Key>([^<]{0,200})<\/Key>/g)].map((match) => match[1] ?? '');
  if (keys.length === 0) return 'several objects';
  const [first = ''] = keys;
  return keys.length === 1
    ? `the object ${shorten(first)}`
    : `${keys.length} objects (${shorten(first)}, …)`;
}
