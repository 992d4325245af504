/** The text of a project's policy file that a person was shown and accepts. */

import { readFileSync } from 'node:fs';
import { isAbsolute, basename } from 'node:path';
import { parsePolicy, PolicyError } from '@agentguard/rules';
import type { SqlParser } from '@agentguard/rules';
import { POLICY_FILE_NAME, revisionOfText } from './accepted-policies.ts';

/**
 * SECURITY(P-73): what is accepted is the text that was shown, read again by us; a file that changed meanwhile is not.
 * @throws PolicyError when it changed, is not there or cannot be put in force
 */
export function readShown(
  shown: { readonly path: string; readonly revision: string },
  parser: SqlParser,
): string {
  const { path, revision } = shown;
  if (!isAbsolute(path) || basename(path) !== POLICY_FILE_NAME) {
    throw refuse(`a project's policy is called ${POLICY_FILE_NAME}`);
  }
  const text = read(path);
  if (revisionOfText(text) !== revision) throw refuse(`${path} has changed since it was shown`);
  const parsed = parsePolicy(text, parser);
  if (parsed.ok) return text;
  const { line, column, message } = parsed.problem;
  throw refuse(`${path} line ${line}, column ${column}: ${message}`);
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw new PolicyError('POLICY_INVALID', `${path} cannot be read`, { cause, audience: 'user' });
  }
}

function refuse(message: string): PolicyError {
  return new PolicyError('POLICY_INVALID', message, {
    audience: 'user',
    help: 'agentguard policy check, then agentguard policy accept',
  });
}
