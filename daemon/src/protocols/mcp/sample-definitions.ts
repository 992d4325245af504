/** Definitions for tests, from the values that a server would list. */

import { entriesOfList, fromPlain } from '@agentguard/rules';
import type { JsonMap, McpDefinition } from '@agentguard/rules';

/** The definition of a tool. */
export function toDefinitionForTest(tool: unknown): McpDefinition {
  const list = fromPlain({ tools: [tool] }) as JsonMap;
  const definition = entriesOfList('tools/list', list)?.[0]?.definition;
  if (definition == null) throw new Error('it has no name');
  return definition;
}
