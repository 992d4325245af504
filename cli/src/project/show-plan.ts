/** A plan as a person reads it, and as a program does. No value is ever in either. */

import { existsSync } from 'node:fs';
import { makeVisible } from '../output/visible.ts';
import { maskValue } from './mask.ts';
import { policyPath, toPolicyText } from './policy-file.ts';
import type { Plan, PlannedEdit } from './plan.ts';
import type { LeftAlone } from './site.ts';

/** The lines of a plan: a diff for each file, then what is not touched. */
export function showPlan(plan: Plan): readonly string[] {
  return [
    ...showFiles(plan.edits),
    ...showPolicy(plan),
    ...showPlaces('worth knowing', plan.notes),
    ...showPlaces('left as it is', plan.left),
    ...showOutside(plan),
  ].map((line) => makeVisible(line).text);
}

/** What `--json` prints of a plan. */
export function toPlanJson(plan: Plan): Readonly<Record<string, unknown>> {
  const text = toPolicyText(plan);
  return {
    project: plan.root,
    changes: plan.edits.map(({ site, entry, reference }) => ({
      path: site.file.shown,
      line: site.line,
      name: site.name,
      commented: site.commented,
      kind: entry.kind,
      entry: entry.name,
      reference,
    })),
    entries: plan.entries.map((entry) => ({
      kind: entry.kind,
      name: entry.name,
      environment: entry.kind === 'resource' ? entry.environment : null,
    })),
    notes: plan.notes,
    left: plan.left,
    outside: plan.outside,
    policy: text === null ? null : { exists: existsSync(policyPath(plan.root)), text },
  };
}

function showFiles(edits: readonly PlannedEdit[]): readonly string[] {
  const byFile = new Map<string, PlannedEdit[]>();
  for (const edit of edits) {
    const { shown } = edit.site.file;
    byFile.set(shown, [...(byFile.get(shown) ?? []), edit]);
  }
  return [...byFile].flatMap(([shown, list]) => [shown, ...list.flatMap(showEdit), '']);
}

function showEdit({ site, entry, reference }: PlannedEdit): readonly string[] {
  const name = `${site.commented ? '# ' : ''}${site.name}`;
  const line = String(site.line).padStart(4);
  const kind = entry.kind === 'resource' ? `   (${entry.name}, ${entry.environment})` : '';
  return [
    `${line} - ${name}=${maskValue(site.value.unsafeReveal())}`,
    `     + ${name}=${reference}${kind}`,
  ];
}

function showPolicy(plan: Plan): readonly string[] {
  const text = toPolicyText(plan);
  if (text === null) return [];
  const head = existsSync(policyPath(plan.root))
    ? 'agentguard.yaml is there already; what it should say of these databases:'
    : 'agentguard.yaml (new)';
  return [
    head,
    ...text
      .trimEnd()
      .split('\n')
      .map((line) => `     + ${line}`),
    '',
  ];
}

function showPlaces(title: string, places: readonly LeftAlone[]): readonly string[] {
  if (places.length === 0) return [];
  return [`${title}:`, ...places.map(showPlace), ''];
}

function showPlace({ path, line, name, why }: LeftAlone): string {
  const place = line === null ? path : `${path}:${line}`;
  return `  ${place}${name === null ? '' : `  ${name}`}  ${why}`;
}

function showOutside({ outside }: Plan): readonly string[] {
  if (outside.length === 0) return [];
  return [
    'outside of the project, readable for every program of yours, and not touched:',
    ...outside.map(({ path, opens }) => `  ${path}  opens ${opens}`),
    '',
  ];
}
