/**
 * Which APIs are guarded: names, hosts, packs and where their credential belongs, in an owner-only file; the credential itself
 * in the vault. Nothing in here holds a secret.
 */

import { existsSync, readFileSync } from 'node:fs';
import { parseHostEntry, toHostText } from '@agentguard/rules';
import type { ApiFacts, HostEntry } from '@agentguard/rules';
import * as z from 'zod';
import { ResourceError } from '../errors.ts';
import { writeFileAtomic } from '../platform/atomic-file.ts';
import { resourceSecret, SECRET_NAME } from '../secrets/secret-name.ts';
import type { SecretValue } from '../secrets/secret-value.ts';
import type { Credential, ResourceVault } from './resource-store.ts';

/** As for databases: one space of names for everything that is guarded. */
const API_NAME = /^[a-z][a-z0-9_-]{0,62}$/;

/** Variables that programs look for a credential in. */
const VARIABLE_NAME = /^[A-Za-z_][A-Za-z0-9_]{0,127}$/;

/** Names of fields as RFC 9110 section 5.6.2 writes them. */
const FIELD_NAME = /^[!#$%&'*+.^_`|~0-9a-z-]{1,100}$/;

const apiSchema = z.strictObject({
  environment: z.enum(['production', 'staging', 'development', 'unknown']),
  /** `api.example.com`, `*.example.com`, `api.example.com:8443`. */
  hosts: z.array(z.string().max(300)).min(1).max(50),
  packs: z.array(z.string().max(63)).max(20),
  /** Fields beside `Authorization` that hold the credential. */
  headers: z.array(z.string().regex(FIELD_NAME)).max(10),
  /** Parameters of the query that hold it. */
  query: z.array(z.string().min(1).max(100)).max(10),
  /** Variables of the command that the stand-in is put into. */
  variables: z.array(z.string().regex(VARIABLE_NAME)).max(20),
  /** Roots that its hosts are verified against in place of the platform's own, PEM. */
  ca: z.string().max(200_000).optional(),
  /** The secret that is the credential; without it it is kept under the API's own name. */
  secret: z.string().regex(SECRET_NAME).optional(),
});

const fileSchema = z.strictObject({
  version: z.literal(1),
  apis: z.record(z.string().regex(API_NAME), apiSchema),
});

type ApiFile = z.infer<typeof fileSchema>;
export type StoredApi = z.infer<typeof apiSchema>;

/** An API to add. */
export interface NewApi {
  readonly name: string;
  readonly replace: boolean;
  readonly api: Omit<StoredApi, 'secret'>;
}

/** An API with its hosts as they are compared. */
export interface KnownApi extends StoredApi {
  readonly facts: ApiFacts;
  readonly entries: readonly HostEntry[];
}

/** The guarded APIs of one daemon. */
export class ApiStore {
  readonly #path: string;
  readonly #vault: ResourceVault;
  #file: ApiFile;
  #known: ReadonlyMap<string, KnownApi>;

  /** @throws ResourceError when the file is there and cannot be understood */
  constructor(path: string, vault: ResourceVault) {
    this.#path = path;
    this.#vault = vault;
    this.#file = readApis(path);
    this.#known = toKnown(this.#file);
  }

  /** All of them, by name. */
  list(): readonly KnownApi[] {
    return [...this.#known.values()].toSorted((left, right) =>
      left.facts.name.localeCompare(right.facts.name),
    );
  }

  find(name: string): KnownApi | undefined {
    return this.#known.get(name);
  }

  /**
   * Adds an API, its credential into the vault first, so that none is ever listed without one.
   * @throws ResourceError for an unfit name or host, or a name that is taken unless `replace` is set
   */
  async add({ name, replace, api }: NewApi, credential: Credential): Promise<KnownApi> {
    if (!API_NAME.test(name)) {
      throw invalid(
        `\`${name}\` is not a name for a resource`,
        'use lower case letters, digits, - and _, starting with a letter',
      );
    }
    if (!replace && this.find(name) !== undefined) {
      throw invalid(
        `the resource \`${name}\` is there already`,
        `agentguard resource add ${name} --replace`,
      );
    }
    for (const host of api.hosts) judgeHost(host);
    if (credential.kind === 'url') await this.#vault.setValue(resourceSecret(name), credential.url);
    const secret = credential.kind === 'secret' ? { secret: credential.secret } : {};
    this.#write({ ...this.#file.apis, [name]: { ...api, ...secret } });
    if (credential.kind === 'secret') await this.#vault.remove(resourceSecret(name));
    return this.#known.get(name) ?? fail(name);
  }

  /** Removes an API and the credential that was given with it; false when there was none. */
  async remove(name: string): Promise<boolean> {
    if (this.find(name) === undefined) return false;
    const kept = Object.entries(this.#file.apis).filter(([other]) => other !== name);
    this.#write(Object.fromEntries(kept));
    await this.#vault.remove(resourceSecret(name));
    return true;
  }

  /**
   * The real credential.
   * @throws ResourceError `RESOURCE_NOT_FOUND`, `SECRET_NOT_FOUND`; SecretError when the vault does not give it
   */
  async credential(name: string): Promise<SecretValue> {
    const api = this.find(name);
    if (api === undefined) return fail(name);
    const secret = api.secret ?? resourceSecret(name);
    const value = await this.#vault.read(secret);
    if (value !== null) return value;
    throw new ResourceError('SECRET_NOT_FOUND', `the vault has no credential for \`${name}\``, {
      audience: 'user',
      help:
        api.secret === undefined
          ? `agentguard resource add ${name} --replace`
          : `agentguard secret set ${secret}`,
    });
  }

  #write(apis: ApiFile['apis']): void {
    const file: ApiFile = { version: 1, apis };
    writeFileAtomic(this.#path, `${JSON.stringify(file, null, 2)}\n`);
    this.#file = file;
    this.#known = toKnown(file);
  }
}

/** A person named these hosts for this very use, so they may be on this machine or in a private network. */
function judgeHost(text: string): HostEntry {
  const parsed = parseHostEntry(text, { tls: true, private: true });
  if (parsed.ok) return parsed.entry;
  throw invalid(`\`${text}\` is not a host: ${parsed.problem}`, 'write it as api.example.com');
}

function toKnown({ apis }: ApiFile): ReadonlyMap<string, KnownApi> {
  return new Map(
    Object.entries(apis).map(([name, api]) => {
      const { environment, packs } = api;
      const facts: ApiFacts = { name, kind: 'http', environment, packs };
      return [name, { ...api, facts, entries: api.hosts.map(judgeHost) }];
    }),
  );
}

/** Hosts as they are shown. */
export function describeHosts({ entries }: Pick<KnownApi, 'entries'>): readonly string[] {
  return entries.map(({ host, subdomains, port }) => {
    const name = `${subdomains ? '*.' : ''}${toHostText(host)}`;
    return port === 443 ? name : `${name}:${port}`;
  });
}

function invalid(message: string, help: string): ResourceError {
  return new ResourceError('RESOURCE_INVALID', message, { audience: 'user', help });
}

function fail(name: string): never {
  throw new ResourceError('RESOURCE_NOT_FOUND', `no resource is called \`${name}\``, {
    audience: 'user',
    help: 'agentguard resource list',
  });
}

function readApis(path: string): ApiFile {
  if (!existsSync(path)) return { version: 1, apis: {} };
  try {
    const file = fileSchema.parse(JSON.parse(readFileSync(path, 'utf8')));
    toKnown(file);
    return file;
  } catch (error) {
    throw new ResourceError('RESOURCE_INVALID', 'the file of APIs cannot be understood', {
      audience: 'user',
      help: `mend or remove ${path}`,
      cause: error,
    });
  }
}
