/**
 * Where the real database is and how it must be reached: a connection text with the meaning that libpq
 * gives it (PostgreSQL 18, section 34.1.2), minus what would silently weaken it here.
 * It never reads the environment, files or a home folder, and no message of it contains a value.
 */

import * as z from 'zod';
import { SecretValue } from '../../secrets/secret-value.ts';
import { TargetParameters, TargetProblem } from './target-parameters.ts';
import { parseConninfo } from './upstream-conninfo.ts';

export type SslMode = 'disable' | 'allow' | 'prefer' | 'require' | 'verify-ca' | 'verify-full';
export type ChannelBindingMode = 'disable' | 'prefer' | 'require';
/** The ways a server may ask for proof; `none` is being let in without being asked. */
export type AuthMethod = 'password' | 'md5' | 'gss' | 'sspi' | 'scram-sha-256' | 'oauth' | 'none';
export type TlsVersion = 'TLSv1' | 'TLSv1.1' | 'TLSv1.2' | 'TLSv1.3';

/** Where the authorities come from: libpq's default file, the operating system, or a named file. */
export type RootCertificates =
  | { readonly kind: 'default' }
  | { readonly kind: 'system' }
  | { readonly kind: 'file'; readonly path: string };

/** What is known about encryption before the first byte is sent. */
export interface TargetTls {
  readonly mode: SslMode;
  readonly negotiation: 'postgres' | 'direct';
  readonly roots: RootCertificates;
  /** Null means libpq's default file, which may be missing. */
  readonly certFile: string | null;
  readonly keyFile: string | null;
  readonly sendCertificate: boolean;
  readonly sendServerName: boolean;
  readonly minVersion: TlsVersion;
  readonly maxVersion: TlsVersion | null;
}

/** A TCP address to dial, with the name that a certificate must carry; or the folder of a Unix socket. */
export type Endpoint =
  | {
      readonly kind: 'tcp';
      readonly dial: string;
      readonly name: string | null;
      readonly port: number;
    }
  | { readonly kind: 'unix'; readonly folder: string; readonly port: number };

/** One database, one user, and the secret. Print it with `describe()` only. */
export interface UpstreamTarget {
  readonly endpoint: Endpoint;
  readonly database: string;
  readonly user: string;
  readonly password: SecretValue | null;
  readonly tls: TargetTls;
  readonly channelBinding: ChannelBindingMode;
  /** What the server may ask for; null means anything. */
  readonly allowedMethods: ReadonlySet<AuthMethod> | null;
  readonly connectTimeoutMs: number | null;
  readonly applicationName: string | null;
  /** libpq's `options`: command line settings of the session, sent as they are. */
  readonly options: string | null;
  readonly maxProtocol: '3.0' | '3.2';
  /** Endpoint, user, database and sslmode. Holds no secret. */
  describe(): string;
}

/** A target, or what is wrong with the text. */
export type TargetResult =
  | { readonly ok: true; readonly target: UpstreamTarget }
  | { readonly ok: false; readonly problem: string };

const DEFAULT_PORT = 5432;

/** NAMEDATALEN is 64 by default; a longer name cannot exist on a server of usual build, ten times is generous. */
const MAX_NAME_CHARACTERS = 640;

const METHODS: readonly AuthMethod[] = [
  'password',
  'md5',
  'gss',
  'sspi',
  'scram-sha-256',
  'oauth',
  'none',
];

/** Reads a URL or a keyword/value text. The result's password is hidden; the problem names parameters only. */
export function parseUpstreamTarget(text: string): TargetResult {
  const parsed = parseConninfo(text);
  if (!parsed.ok) return parsed;
  try {
    const target = toTarget(new TargetParameters(parsed.parameters));
    return { ok: true, target };
  } catch (error) {
    if (error instanceof TargetProblem) return { ok: false, problem: error.message };
    throw error;
  }
}

function toTarget(parameters: TargetParameters): UpstreamTarget {
  const endpoint = toEndpoint(parameters);
  const user = name(parameters, 'user');
  if (user === null) throw new TargetProblem('parameter `user` is missing');
  const database = name(parameters, 'dbname') ?? user;
  const password = parameters.take('password');
  const tls = toTls(parameters);
  const values = {
    endpoint,
    user,
    database,
    password: password === null ? null : new SecretValue(password),
    tls,
    channelBinding:
      parameters.oneOf('channel_binding', ['disable', 'prefer', 'require']) ?? ('prefer' as const),
    allowedMethods: toAllowedMethods(parameters.take('require_auth')),
    connectTimeoutMs: toTimeout(parameters.integer('connect_timeout', -1, 86_400)),
    applicationName: applicationName(parameters),
    options: parameters.take('options'),
    maxProtocol: toProtocol(parameters),
  };
  refuseWhatWeDoNotDo(parameters);
  parameters.refuseTheRest();
  return { ...values, describe: () => describe(values) };
}

function describe(values: {
  readonly endpoint: Endpoint;
  readonly user: string;
  readonly database: string;
  readonly tls: TargetTls;
}): string {
  const { endpoint } = values;
  const place =
    endpoint.kind === 'unix'
      ? `${endpoint.folder}:${endpoint.port}`
      : `${endpoint.name ?? endpoint.dial}:${endpoint.port}`;
  return `${values.user}@${place}/${values.database} (sslmode ${values.tls.mode})`;
}

function toEndpoint(parameters: TargetParameters): Endpoint {
  const host = parameters.take('host');
  const address = parameters.take('hostaddr');
  const portText = parameters.take('port');
  if ([host, address, portText].some((value) => value?.includes(','))) {
    throw new TargetProblem('parameter `host` names several hosts: add one resource for each');
  }
  const port = portText === null ? DEFAULT_PORT : toPort(portText);
  if (address !== null) {
    if (!isIpAddress(address))
      throw new TargetProblem('parameter `hostaddr` must be an IP address');
    return { kind: 'tcp', dial: address, name: host, port };
  }
  if (host === null) throw new TargetProblem('parameter `host` is missing');
  if (host.startsWith('@')) throw new TargetProblem('parameter `host` names an abstract socket');
  if (host.startsWith('/') || /^[a-z]:[\\/]/i.test(host)) {
    return { kind: 'unix', folder: host, port };
  }
  if (!/^[\p{L}\p{N}._:%-]{1,253}$/u.test(host)) {
    throw new TargetProblem('parameter `host` is not a host name, address or folder');
  }
  return { kind: 'tcp', dial: host, name: host, port };
}

const IP_ADDRESS = z.union([z.ipv4(), z.ipv6()]);

/** True for `192.0.2.1`, `::1` and `fe80::1%eth0`: what is no name, so that no certificate carries it as one. */
export function isIpAddress(text: string): boolean {
  return IP_ADDRESS.safeParse(text.replace(/%[\w.-]+$/, '')).success;
}

function toPort(text: string): number {
  const port = /^\s*\d{1,5}\s*$/.test(text) ? Number(text) : 0;
  if (port < 1 || port > 65_535)
    throw new TargetProblem('parameter `port` must be from 1 to 65535');
  return port;
}

function name(parameters: TargetParameters, parameter: string): string | null {
  const value = parameters.take(parameter);
  if (value !== null && value.length > MAX_NAME_CHARACTERS) {
    throw new TargetProblem(`parameter \`${parameter}\` is too long`);
  }
  return value;
}

function applicationName(parameters: TargetParameters): string | null {
  const fallback = parameters.take('fallback_application_name');
  return name(parameters, 'application_name') ?? fallback;
}

/** libpq: zero and negative wait for ever, one second is too short and becomes two. */
function toTimeout(seconds: number | null): number | null {
  if (seconds === null || seconds <= 0) return null;
  return Math.max(seconds, 2) * 1000;
}

const TLS_VERSIONS: readonly TlsVersion[] = ['TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3'];

function toTls(parameters: TargetParameters): TargetTls {
  const root = parameters.take('sslrootcert');
  const given = parameters.oneOf('sslmode', [
    'disable',
    'allow',
    'prefer',
    'require',
    'verify-ca',
    'verify-full',
  ]);
  const mode = given ?? (root === 'system' ? 'verify-full' : 'prefer');
  // The system's authorities sign anybody's certificate: without the name they prove nothing.
  if (root === 'system' && mode !== 'verify-full') {
    throw new TargetProblem('parameter `sslmode` must be verify-full when `sslrootcert` is system');
  }
  const negotiation = parameters.oneOf('sslnegotiation', ['postgres', 'direct']) ?? 'postgres';
  if (negotiation === 'direct' && (mode === 'disable' || mode === 'allow' || mode === 'prefer')) {
    throw new TargetProblem(
      'parameter `sslmode` must be require or stronger when `sslnegotiation` is direct',
    );
  }
  const minVersion = parameters.oneOf('ssl_min_protocol_version', TLS_VERSIONS) ?? 'TLSv1.2';
  const maxVersion = parameters.oneOf('ssl_max_protocol_version', TLS_VERSIONS);
  if (maxVersion !== null && TLS_VERSIONS.indexOf(maxVersion) < TLS_VERSIONS.indexOf(minVersion)) {
    throw new TargetProblem(
      'parameter `ssl_max_protocol_version` is below `ssl_min_protocol_version`',
    );
  }
  return {
    mode,
    negotiation,
    roots: toRoots(root),
    certFile: parameters.take('sslcert'),
    keyFile: parameters.take('sslkey'),
    sendCertificate: parameters.oneOf('sslcertmode', ['disable', 'allow']) !== 'disable',
    sendServerName: parameters.oneOf('sslsni', ['0', '1']) !== '0',
    minVersion,
    maxVersion,
  };
}

function toRoots(root: string | null): RootCertificates {
  if (root === null) return { kind: 'default' };
  return root === 'system' ? { kind: 'system' } : { kind: 'file', path: root };
}

/** A list of methods, or a list of exceptions each headed by `!`; libpq does not let them be mixed. */
function toAllowedMethods(text: string | null): ReadonlySet<AuthMethod> | null {
  if (text === null) return null;
  const items = text.split(',').map((item) => item.trim());
  const negated = items.filter((item) => item.startsWith('!'));
  if (negated.length > 0 && negated.length < items.length) {
    throw new TargetProblem('parameter `require_auth` mixes methods and exceptions');
  }
  const methods = items.map((item) => toMethod(item.replace(/^!/, '')));
  if (new Set(methods).size < methods.length) {
    throw new TargetProblem('parameter `require_auth` names a method twice');
  }
  if (negated.length === 0) return new Set(methods);
  return new Set(METHODS.filter((method) => !methods.includes(method)));
}

function toMethod(text: string): AuthMethod {
  const method = METHODS.find((each) => each === text);
  if (method === undefined) {
    throw new TargetProblem(`parameter \`require_auth\` may name ${METHODS.join(', ')}`);
  }
  return method;
}

const PROTOCOLS = ['3.0', '3.2', 'latest'] as const;

/** libpq asks for 3.0 unless told otherwise, because some poolers refuse anything else. */
function toProtocol(parameters: TargetParameters): '3.0' | '3.2' {
  const least = parameters.oneOf('min_protocol_version', PROTOCOLS);
  const most = parameters.oneOf('max_protocol_version', PROTOCOLS);
  if (least !== null && least !== '3.0') {
    throw new TargetProblem('parameter `min_protocol_version` above 3.0 is not supported');
  }
  return most === null || most === '3.0' ? '3.0' : '3.2';
}

/** Parameters of which only the value that changes nothing is accepted. */
function refuseWhatWeDoNotDo(parameters: TargetParameters): void {
  parameters.oneOf('gssencmode', ['disable', 'prefer']);
  parameters.oneOf('target_session_attrs', ['any']);
  parameters.oneOf('load_balance_hosts', ['disable']);
  parameters.oneOf('client_encoding', ['UTF8', 'utf8', 'UTF-8', 'utf-8', 'unicode', 'UNICODE']);
}
