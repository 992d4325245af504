/**
 * Which authorities, certificate and checks a TLS connection to a real server uses, decided as libpq
 * decides it (`initialize_SSL` in fe-secure-openssl.c). The files come through a reader that is handed in.
 */

import type { TargetTls, TlsVersion, UpstreamTarget } from './upstream-target.ts';

/** Reads TLS files. Handed in, because a protocol room touches no disk. */
export interface TlsFiles {
  /** The folder above `.postgresql`, where libpq keeps its default files; null when there is none. */
  readonly home: string | null;
  /** The content, or null when the file does not exist. Rejects when it cannot be read. */
  read(path: string): Promise<Buffer | null>;
}

/** Everything TLS needs to know. */
export interface TlsPlan {
  /** `none` believes anybody, `ca` checks the chain, `full` checks chain and name. */
  readonly verify: 'none' | 'ca' | 'full';
  /** The authorities; `system` means those of the operating system. */
  readonly authorities: Buffer | 'system' | null;
  readonly certificate: { readonly cert: Buffer; readonly key: Buffer } | null;
  /** The name a certificate must carry; set when `verify` is `full`. */
  readonly name: string | null;
  readonly minVersion: TlsVersion;
  readonly maxVersion: TlsVersion | null;
}

/** A plan, or why there can be none. `problem` names files by their parameter. */
export type TlsPlanResult =
  | { readonly ok: true; readonly plan: TlsPlan }
  | { readonly ok: false; readonly problem: string; readonly help?: string };

/** Reads what the target names and decides how far the server is checked. */
export async function planTls(target: UpstreamTarget, files: TlsFiles): Promise<TlsPlanResult> {
  const { tls, endpoint } = target;
  const authorities = await readAuthorities(tls, files);
  if (authorities === 'missing') {
    return { ok: false, problem: 'the file that `sslrootcert` names cannot be read' };
  }
  const strict = tls.mode === 'verify-ca' || tls.mode === 'verify-full';
  if (strict && authorities === null) {
    return {
      ok: false,
      problem: 'there is no root certificate to check the server with',
      help: 'name one with sslrootcert, or use sslrootcert=system',
    };
  }
  const certificate = await readCertificate(tls, files);
  if (typeof certificate === 'string') return { ok: false, problem: certificate };
  const full = tls.mode === 'verify-full';
  const name = endpoint.kind === 'tcp' ? endpoint.name : null;
  if (full && name === null) {
    return { ok: false, problem: 'parameter `host` is missing, which verify-full checks' };
  }
  // libpq: wherever a root certificate exists the chain is checked, also below verify-ca.
  const verify = full ? 'full' : authorities === null ? 'none' : 'ca';
  const { minVersion, maxVersion } = tls;
  return {
    ok: true,
    plan: { verify, authorities, certificate, name: full ? name : null, minVersion, maxVersion },
  };
}

/**
 * A default file may be missing. A named one may not: libpq goes on unverified below verify-ca, and we
 * do not, because whoever names an authority wants it used.
 */
async function readAuthorities(
  tls: TargetTls,
  files: TlsFiles,
): Promise<Buffer | 'system' | 'missing' | null> {
  switch (tls.roots.kind) {
    case 'system':
      return 'system';
    case 'file':
      return (await read(files, tls.roots.path)) ?? 'missing';
    case 'default':
      return readDefault(files, 'root.crt');
  }
}

/** The client's certificate and key, null for none, or what is wrong. */
async function readCertificate(
  tls: TargetTls,
  files: TlsFiles,
): Promise<{ readonly cert: Buffer; readonly key: Buffer } | string | null> {
  if (!tls.sendCertificate) return null;
  const cert =
    tls.certFile === null
      ? await readDefault(files, 'postgresql.crt')
      : await read(files, tls.certFile);
  if (cert === null) {
    return tls.certFile === null ? null : 'the file that `sslcert` names cannot be read';
  }
  const key =
    tls.keyFile === null
      ? await readDefault(files, 'postgresql.key')
      : await read(files, tls.keyFile);
  return key === null ? 'there is a client certificate, and its key cannot be read' : { cert, key };
}

async function readDefault(files: TlsFiles, name: string): Promise<Buffer | null> {
  return files.home === null ? null : read(files, `${files.home}/.postgresql/${name}`);
}

async function read(files: TlsFiles, path: string): Promise<Buffer | null> {
  try {
    return await files.read(path);
  } catch {
    // Not readable is as good as not there: both end in a problem that names the parameter.
    return null;
  }
}
