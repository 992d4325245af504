/**
 * Reads definitions for what a person should look at twice: text that speaks to the model instead of describing, hidden
 * characters, names of other servers' tools, requests for what has nothing to do with the task. It finds, it does not
 * clear: a definition without findings is still seen by a person before it counts.
 */

import { textsOf } from './free-text.ts';
import { countHidden } from './hidden-text.ts';
import { fromPlain } from './json.ts';
import type { Json } from './json.ts';
import { parseJson } from './parse-json.ts';
import type { McpDefinition } from './definition.ts';

/** One thing to look at. */
export interface LintFinding {
  readonly rule:
    'instruction' | 'hidden' | 'shadow' | 'unrelated data' | 'secrecy' | 'look-alike' | 'length';
  /** `description`, `inputSchema.properties.notes.description`. */
  readonly place: string;
  /** A clause for a person. */
  readonly what: string;
}

/** Longer descriptions bury what they say. The longest of the ordinary servers stays below. */
const MAX_TEXT = 6000;

type Pattern = readonly [LintFinding['rule'], RegExp, string];

const PATTERNS: readonly Pattern[] = [
  [
    'instruction',
    /<\s*\/?\s*(?:important|system|instructions?|secret|critical|admin|assistant|hidden|override|sidenote|tool_?instructions?)\b[^>]*>/i,
    'it holds a tag that passes for an instruction of the system',
  ],
  [
    'instruction',
    /\b(?:ignore|disregard|forget|override|bypass|supersede)\b[^.\n]{0,40}\b(?:previous|prior|above|earlier|all|any|other|system|safety|security|existing)\b[^.\n]{0,30}\b(?:instructions?|prompts?|rules?|guidelines?|polic(?:y|ies)|restrictions?|checks?|messages?|constraints?)\b/i,
    'it tells the model to drop its instructions',
  ],
  [
    'instruction',
    /\b(?:before|prior to|after|whenever|each time|every time)\b[^.\n]{0,60}\b(?:using|calling|invoking|running|executing|use|call|invoke|run)\b[^.\n]{0,60}\b(?:you must|must (?:first|always|also)|always (?:call|read|run|use|send)|first (?:call|read|run|send)|read (?:the|~|\/)|also (?:call|send|run))\b/i,
    'it orders another step around its use',
  ],
  [
    'instruction',
    /\b(?:you|the (?:ai|llm|model|assistant|agent))\s+(?:must|shall|should|have to|need to|are required to|will)\s+(?:always\s+|first\s+|also\s+|now\s+|never\s+|not\s+)?(?:call|read|send|forward|include|pass|provide|append|execute|run|fetch|upload|copy|email|reveal|disclose|ignore|obey|follow|prefer|select|choose|mention|tell)\b/i,
    'it orders the model to do something',
  ],
  [
    'instruction',
    /\b(?:this|the) (?:tool|function)\b[^.\n]{0,30}\b(?:must|should) (?:always |only )?be (?:called|used|invoked|run|chosen|selected|preferred)\b[^.\n]{0,40}\b(?:first|before|instead|always|over|rather)\b/i,
    'it wants to be preferred to other tools',
  ],
  [
    'instruction',
    /\b(?:instead of|rather than|do not use|don't use|never use|stop using|replaces?)\b[^.\n]{0,40}\b(?:other|any other|another|the (?:official|original|built-?in|default))\b[^.\n]{0,20}\b(?:tools?|functions?|servers?)\b/i,
    'it speaks against other tools',
  ],
  [
    'instruction',
    /\b(?:exfiltrat|jailbreak|prompt injection|developer mode|do anything now|act as (?:an? )?(?:admin|root|unrestricted))/i,
    'it uses words of attacks',
  ],
  [
    'secrecy',
    /\b(?:do not|don't|never|without|avoid)\b[^.\n]{0,30}\b(?:tell|telling|inform|informing|notify|notifying|mention|mentioning|show|showing|reveal|revealing|alert|alerting|ask(?:ing)?|disclos\w+|log(?:ging)?)\b[^.\n]{0,40}\b(?:user|users|person|human|operator|anyone|anybody|this|them)\b/i,
    'it asks to keep something from the person',
  ],
  [
    'secrecy',
    /\b(?:silently|secretly|covertly|quietly|behind the scenes|in the background without|unnoticed|hidden from (?:the )?user|without (?:the )?user'?s? (?:knowledge|consent|approval|permission|confirmation|awareness))\b/i,
    'it says that something happens unseen',
  ],
  [
    'unrelated data',
    /(?:~\/|\/home\/|\/root\/|\/etc\/(?:passwd|shadow)|\$HOME|%USERPROFILE%)|\.(?:ssh|aws|gnupg|kube|npmrc|netrc|env)\b|\bid_(?:rsa|ed25519)\b|\bmcp\.json\b|\bauthorized_keys\b|\bwallet\.dat\b|\bkeychain\b/i,
    'it names a place of secrets',
  ],
  [
    'unrelated data',
    /\b(?:include|send|pass|provide|attach|append|forward|supply|put|paste|copy|collect|gather|extract|capture|transmit|upload)\b[^.\n]{0,60}\b(?:conversation|chat (?:history|log)|system prompt|previous messages|message history|context window|credentials?|passwords?|private keys?|api keys?|access tokens?|secrets?|ssh keys?|environment variables?|session tokens?|cookies?|credit cards?|personal data|private data|sensitive (?:data|information|files?))\b/i,
    'it asks for what has nothing to do with a tool',
  ],
  ['hidden', /\u001b|\\u001b|\\x1b/i, 'it holds an escape of a terminal'],
];

/** What other servers offer, to tell a name that is taken. */
export interface LintNeighbours {
  /** Names of tools of other servers, with the server each. */
  readonly tools: ReadonlyMap<string, string>;
}

/** Looks at one definition. Findings in order of their place, each rule once a place. */
export function lintDefinition(
  definition: McpDefinition,
  neighbours: LintNeighbours,
): readonly LintFinding[] {
  const parsed = parseJson(definition.text);
  const value: Json = parsed.ok ? parsed.value : fromPlain(definition.text);
  const texts = textsOf(value);
  return [
    ...lintName(definition, neighbours),
    ...texts.flatMap(({ place, text }) => lintText(place, text)),
    ...texts.flatMap(({ place, text }) => lintMentions(place, text, { definition, neighbours })),
  ];
}

/** Looks at a text that reaches the model outside of a definition. */
export function lintText(place: string, text: string): readonly LintFinding[] {
  const findings: LintFinding[] = [];
  const hidden = countHidden(text);
  if (hidden > 0)
    findings.push({ rule: 'hidden', place, what: `it holds ${hidden} hidden characters` });
  if (text.length > MAX_TEXT) findings.push({ rule: 'length', place, what: 'it is very long' });
  for (const [rule, pattern, what] of PATTERNS) {
    if (findings.some((one) => one.rule === rule)) continue;
    if (pattern.test(text)) findings.push({ rule, place, what });
  }
  return findings;
}

function lintName(definition: McpDefinition, { tools }: LintNeighbours): readonly LintFinding[] {
  if (definition.kind !== 'tool') return [];
  const { name } = definition;
  const taken = tools.get(name);
  const findings: LintFinding[] = [];
  if (taken !== undefined) {
    findings.push({ rule: 'shadow', place: 'name', what: `\`${taken}\` has a tool of this name` });
  }
  if (!/^[\w./:-]{1,128}$/.test(name)) {
    findings.push({ rule: 'look-alike', place: 'name', what: 'its name holds unusual characters' });
  }
  const near = [...tools].find(([other]) => other !== name && skeleton(other) === skeleton(name));
  if (near !== undefined) {
    findings.push({
      rule: 'look-alike',
      place: 'name',
      what: `its name is almost that of a tool of \`${near[1]}\``,
    });
  }
  return findings;
}

/** Names shorter than this are words of any language. */
const MIN_TELLING_NAME = 6;

function lintMentions(
  place: string,
  text: string,
  { definition, neighbours }: { definition: McpDefinition; neighbours: LintNeighbours },
): readonly LintFinding[] {
  for (const [name, server] of neighbours.tools) {
    if (name === definition.name || name.length < MIN_TELLING_NAME || !/[_-]/.test(name)) continue;
    if (text !== name && text.includes(name)) {
      return [{ rule: 'shadow', place, what: `it speaks of \`${name}\`, a tool of \`${server}\`` }];
    }
  }
  return [];
}

/** Case, separators and letters that pass for one another. */
function skeleton(name: string): string {
  return name
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[_\-. ]/g, '')
    .replace(/[0]/g, 'o')
    .replace(/[1|]/g, 'l')
    .replace(/i/g, 'l');
}
