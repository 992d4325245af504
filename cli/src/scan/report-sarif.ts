/** The answer as SARIF 2.1.0 (OASIS), for whoever shows finds beside code. */

import { PRODUCT_VERSION } from '@agentguard/daemon/control';
import { findKind } from '@agentguard/rules';
import { adviceFor } from './report-text.ts';
import type { Finding, ScanResult } from './finding.ts';

const SCHEMA = 'https://json.schemastore.org/sarif-2.1.0.json';

/** GitHub takes no more of one run. */
const MAX_RESULTS = 25_000;

/** Makes the log. It holds no part of any source, so no secret either. */
export function toSarif(result: ScanResult): Readonly<Record<string, unknown>> {
  const findings = result.findings
    .filter(({ place }) => place.kind !== 'local')
    .slice(0, MAX_RESULTS);
  const kinds = [...new Set(findings.map(({ kind }) => kind))].sort();
  return {
    $schema: SCHEMA,
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: { name: 'agentguard', version: PRODUCT_VERSION, rules: kinds.map(toRule) },
        },
        columnKind: 'utf16CodeUnits',
        invocations: [
          {
            executionSuccessful: result.unread.length === 0,
            toolExecutionNotifications: result.unread.map(({ path, why }) => ({
              level: 'error',
              message: { text: `not read: ${path} (${why})` },
            })),
          },
        ],
        results: findings.map((finding) => toResult(finding, kinds)),
      },
    ],
  };
}

function toRule(kind: string): Readonly<Record<string, unknown>> {
  const { title = kind, tier = 'warn', opens = 'service' } = findKind(kind) ?? {};
  const help =
    'Change it where it was made, keep it in the vault, and leave a reference in its place.';
  return {
    id: kind,
    shortDescription: { text: title },
    fullDescription: { text: `A ${title} stands in the open. It opens: ${opens}.` },
    help: { text: help },
    defaultConfiguration: { level: tier === 'block' ? 'error' : 'warning' },
    properties: {
      tags: ['security', 'credential'],
      precision: tier === 'block' ? 'high' : 'medium',
    },
  };
}

function toResult(finding: Finding, kinds: readonly string[]): Readonly<Record<string, unknown>> {
  const { kind, title, tier, path, line, column, why, fingerprint, allowed } = finding;
  return {
    ruleId: kind,
    ruleIndex: kinds.indexOf(kind),
    level: tier === 'block' ? 'error' : 'warning',
    message: { text: `${title}: ${why}. ${adviceFor(finding)}.` },
    locations: [
      {
        physicalLocation: {
          artifactLocation: { uri: toUri(path), uriBaseId: '%SRCROOT%' },
          region: { startLine: line, startColumn: column },
        },
      },
    ],
    partialFingerprints: { 'agentguard/v1': fingerprint },
    ...(allowed === null
      ? {}
      : {
          suppressions: [
            { kind: allowed.kind === 'comment' ? 'inSource' : 'external', status: 'accepted' },
          ],
        }),
  };
}

/** RFC 3986: every byte that is not plain is escaped, and the slashes stay. */
function toUri(path: string): string {
  return path.split('/').map(encodeURIComponent).join('/');
}
