/**
 * Goes through a line as a shell would, with nothing run: every command on every branch is looked at once, scripts
 * inside of the line included. Bounded in steps and depth; what is not reached is a finding, never nothing.
 */

import { forEachChild } from 'unbash';
import type { Command, Pipeline, Redirection, SyntaxNode, Word } from 'unbash';
import type { ToolFinding } from '../facts/tool-facts.ts';
import { runBuiltin } from './builtins.ts';
import { expandQuoted, expandToOne, expandWord } from './expand-word.ts';
import { judgeAttempts, judgeWrite } from './guard-attempts.ts';
import { readInlineCode } from './inline-code.ts';
import { NO_STDIN, toProgramName } from './invocation.ts';
import type { Invocation, Step, Stdin } from './invocation.ts';
import { judgeCommand } from './judge-command.ts';
import { judgeFiles, judgeOverwriting } from './judge-files.ts';
import { judgeGit } from './judge-git.ts';
import { judgeNetwork } from './judge-network.ts';
import { judgeInput } from './judge-reading.ts';
import { judgeStart } from './judge-start.ts';
import { MAX_FINDINGS, MAX_LOOP_WORDS, MAX_SCRIPT_DEPTH, MAX_STEPS } from './limits.ts';
import { outputOfInvocation } from './output.ts';
import { parseLine } from './parse-line.ts';
import { innerScope, subScope, toAbsolute } from './scope.ts';
import type { Scope } from './scope.ts';
import { HOLE, isKnown, toShown } from './value.ts';
import type { Value } from './value.ts';
import { unwrap } from './wrappers.ts';

const JUDGES = [judgeAttempts, judgeGit, judgeCommand, judgeFiles, judgeNetwork, judgeStart];

/** Walks one line. */
export class LineWalker {
  readonly findings: ToolFinding[] = [];
  readonly programs = new Set<string>();
  #steps = 0;
  #cut = false;

  /** Looks at a text as a shell would run it. */
  runText(text: string, scope: Scope): void {
    if (scope.depth > MAX_SCRIPT_DEPTH) {
      this.#giveUp(scope, 'scripts stand in scripts too deeply');
      return;
    }
    const parsed = parseLine(text);
    if (parsed.ok) this.#walk(parsed.script, scope, NO_STDIN);
    // What has a gap may be read otherwise once the gap is filled.
    else this.#report({ kind: 'finding', deed: 'unclear', what: parsed.why }, 'the line', scope);
  }

  #walk(node: SyntaxNode, scope: Scope, stdin: Stdin): void {
    this.#steps += 1;
    if (this.#steps > MAX_STEPS) {
      this.#giveUp(scope, 'the line has too many parts');
      return;
    }
    switch (node.type) {
      case 'Command':
        this.#command(node, scope, stdin);
        return;
      case 'Pipeline':
        this.#pipeline(node, scope, stdin);
        return;
      case 'Redirected': {
        const inner = this.#redirect(node.redirects, scope, { stdin, output: null });
        this.#walk(node.command, scope, inner);
        return;
      }
      case 'Subshell':
        this.#walk(node.body, { ...subScope(scope) }, stdin);
        return;
      case 'Function':
        scope.functions.set(node.name.value, node);
        return;
      case 'For':
        this.#loop(node.name.value, node.wordlist, scope);
        forEachChild(node, (child) => {
          if (child.type === 'Word') this.#nested(child, scope);
        });
        this.#loopBody(node, scope, stdin);
        return;
      case 'Script':
      case 'Statement':
      case 'AndOr':
      case 'CompoundList':
      case 'BraceGroup':
      case 'If':
      case 'Elif':
      case 'While':
        forEachChild(node, (child) => this.#walk(child, scope, stdin));
        return;
      default:
        forEachChild(node, (child) => this.#walk(child, scope, NO_STDIN));
    }
  }

  #loop(name: string, words: readonly Word[] | undefined, scope: Scope): void {
    if (words === undefined) scope.variables.delete(name);
  }

  #loopBody(node: SyntaxNode & { type: 'For' }, scope: Scope, stdin: Stdin): void {
    const values = (node.wordlist ?? []).flatMap((word) => this.#expand(word, scope));
    const known = values.length <= MAX_LOOP_WORDS && values.every((value) => isKnown(value));
    const rounds = known && values.length > 0 ? values.map(({ text }) => text) : [HOLE];
    for (const text of rounds) {
      scope.variables.set(node.name.value, text);
      this.#walk(node.body, scope, stdin);
    }
  }

  #pipeline(node: Pipeline, scope: Scope, stdin: Stdin): void {
    let given = stdin;
    for (const command of node.commands) {
      const inner = node.commands.length > 1 ? subScope(scope) : scope;
      const before = given;
      this.#walk(command, inner, before);
      given = this.#printedBy(command, inner, before);
    }
  }

  /** What a command hands to the next one of its pipe. */
  #printedBy(node: SyntaxNode, scope: Scope, stdin: Stdin): Stdin {
    if (node.type !== 'Command') return { kind: 'unknown', from: 'a pipe' };
    const invocation = this.#toInvocation(node, scope, stdin);
    if (invocation === null) return { kind: 'unknown', from: 'a pipe' };
    const text = outputOfInvocation(invocation);
    return text === null
      ? { kind: 'unknown', from: `\`${invocation.program}\`` }
      : { kind: 'text', text };
  }

  #command(node: Command, scope: Scope, stdin: Stdin): void {
    forEachChild(node, (child) => this.#nested(child, scope));
    for (const part of node.prefix) {
      if (part.type === 'Assignment' && node.name === undefined) this.#assign(part, scope);
    }
    const inner =
      node.name === undefined ? scope : subScopeWith(node, scope, (word) => this.#one(word, scope));
    const typed = this.#typedInto(node, scope, stdin);
    const output = this.#toInvocation(node, scope, typed);
    const printed = output === null ? null : outputOfInvocation(output);
    const given = this.#redirect(node.redirects, scope, { stdin, output: printed });
    const invocation = this.#toInvocation(node, inner, given);
    if (invocation !== null) this.#start(invocation, scope);
  }

  /** Here-documents alone, without looking at what they hold. */
  #typedInto(node: Command, scope: Scope, stdin: Stdin): Stdin {
    const texts = node.redirects.filter(({ type }) => type !== 'Redirect');
    return texts.length === 0 ? stdin : this.#redirect(texts, scope, { stdin, output: null });
  }

  #assign(part: Command['prefix'][number] & { type: 'Assignment' }, scope: Scope): void {
    if (part.value.type !== 'Word' || part.index !== undefined) {
      scope.variables.delete(part.name);
      return;
    }
    const { text } = this.#one(part.value, scope);
    const before = part.append === true ? (scope.variables.get(part.name) ?? HOLE) : '';
    scope.variables.set(part.name, before + text);
  }

  #toInvocation(node: Command, scope: Scope, stdin: Stdin): Invocation | null {
    const words: Word[] = node.name === undefined ? [] : [node.name];
    const values = words.flatMap((word) => this.#expand(word, scope));
    for (const argument of node.args) {
      if (argument.type === 'Word') values.push(...this.#expand(argument, scope));
      else values.push({ text: argument.text, glob: false });
    }
    return toInvocation(values, scope, stdin);
  }

  /** Looks at one program: what it starts, or else what it does itself. `outer` is the shell that goes on behind it. */
  #start(invocation: Invocation, outer: Scope): void {
    const { name, args, program, scope } = invocation;
    this.#steps += 1;
    if (this.#steps > MAX_STEPS) {
      this.#giveUp(scope, 'the line has too many parts');
      return;
    }
    if (!isKnown(name)) {
      const what = `it starts a program whose name is put together at run time: \`${toShown(name)}\``;
      // Paths with a gap in front name a program all the same: `$BIN/rm`.
      this.#report({ kind: 'finding', deed: 'unclear', what }, program, scope);
      return;
    }
    this.programs.add(program);
    const alias = scope.aliases.get(name.text);
    if (alias !== undefined && scope.depth < MAX_SCRIPT_DEPTH) {
      const text = [alias, ...args.map(({ text: arg }) => arg)].join(' ');
      const inner = innerScope(scope, `the alias ${name.text}`);
      inner.aliases.delete(name.text);
      this.runText(text, inner);
      return;
    }
    const called = scope.functions.get(name.text);
    if (called !== undefined && scope.depth < MAX_SCRIPT_DEPTH) {
      const inner = innerScope(scope, `the function ${name.text}`);
      args.forEach(({ text }, index) => inner.variables.set(String(index + 1), text));
      inner.variables.set('@', args.map(({ text }) => text).join(' '));
      this.#walk(called.body, inner, invocation.stdin);
      return;
    }
    runBuiltin(invocation, outer);
    const steps = [...unwrap(invocation), ...readInlineCode(invocation)];
    for (const judge of JUDGES) steps.push(...judge(invocation));
    for (const step of steps) this.#follow(step, invocation, outer);
  }

  #follow(step: Step, from: Invocation, outer: Scope): void {
    const { scope, program, stdin } = from;
    switch (step.kind) {
      case 'finding':
        this.#report(step, program, scope);
        return;
      case 'argv': {
        if (scope.depth > MAX_SCRIPT_DEPTH) {
          this.#giveUp(scope, 'programs start programs too deeply');
          return;
        }
        const inner = innerScope(scope, step.by, step.ground);
        const next = toInvocation(step.argv, inner, stdin);
        if (next !== null) this.#start(next, inner);
        return;
      }
      case 'script':
        this.runText(
          step.text.replaceAll(HOLE, '${_}'),
          step.same === true ? deeper(outer, step.by) : innerScope(scope, step.by, step.ground),
        );
    }
  }

  /** Applies redirections. Gives what the command reads. */
  #redirect(
    redirects: readonly Redirection[],
    scope: Scope,
    io: { readonly stdin: Stdin; readonly output: string | null },
  ): Stdin {
    let given = io.stdin;
    for (const redirect of redirects) {
      switch (redirect.type) {
        case 'HereDoc':
          given = { kind: 'text', text: this.#hereDoc(redirect, scope) };
          break;
        case 'HereString':
          if (redirect.target !== undefined) {
            given = { kind: 'text', text: this.#one(redirect.target, scope).text };
          }
          break;
        case 'Redirect':
          given = this.#redirectFile(redirect, scope, { stdin: given, output: io.output });
      }
    }
    return given;
  }

  #redirectFile(
    redirect: Redirection & { type: 'Redirect' },
    scope: Scope,
    io: { readonly stdin: Stdin; readonly output: string | null },
  ): Stdin {
    const { operator, target } = redirect;
    if (target === undefined || operator === '<&') return io.stdin;
    const value = this.#one(target, scope);
    if (operator === '>&' && /^(?:\d+|-)$/.test(value.text)) return io.stdin;
    if (operator === '<' || operator === '<>') {
      for (const step of judgeInput(value, scope)) this.#report(step, '<', scope);
      const path = isKnown(value) ? toAbsolute(value.text, scope) : null;
      const written = path === null ? undefined : scope.written.get(path);
      if (typeof written === 'string') return { kind: 'text', text: written };
      if (path?.startsWith('/dev/') === true) return io.stdin;
      // A file that was there before is the project's own; a gap is nobody's.
      return target.parts?.some(({ type }) => type === 'ProcessSubstitution') === true ||
        path === null
        ? { kind: 'unknown', from: 'a redirection' }
        : NO_STDIN;
    }
    const steps = [...judgeWrite(value, scope, '>')];
    if (operator !== '>>' && operator !== '&>>') steps.push(...judgeOverwriting(value, scope));
    for (const step of steps.slice(0, 1)) this.#report(step, '>', scope);
    const path = isKnown(value) ? toAbsolute(value.text, scope) : null;
    if (path !== null) scope.written.set(path, io.output);
    return io.stdin;
  }

  #hereDoc(redirect: Redirection & { type: 'HereDoc' }, scope: Scope): string {
    const { body } = redirect;
    for (const part of body.parts ?? []) this.#nested(part, scope);
    if (body.parts === undefined || redirect.delimiter?.quoted === true) return body.text;
    return expandQuoted(body.parts, scope, (script, at) => this.#outputOf(script, at));
  }

  /** Commands in substitutions run where they stand. */
  #nested(node: SyntaxNode, scope: Scope): void {
    this.#steps += 1;
    if (this.#steps > MAX_STEPS) return;
    if (node.type === 'Script') {
      this.#walk(node, innerScope(scope, '$(…)'), NO_STDIN);
      return;
    }
    forEachChild(node, (child) => this.#nested(child, scope));
  }

  #outputOf(script: SyntaxNode & { type: 'Script' }, scope: Scope): string | null {
    const [statement, ...more] = script.commands;
    if (statement === undefined || more.length > 0 || statement.command.type !== 'Command')
      return null;
    const invocation = this.#toInvocation(statement.command, scope, NO_STDIN);
    return invocation === null ? null : (outputOfInvocation(invocation)?.trimEnd() ?? null);
  }

  #expand(word: Word, scope: Scope): readonly Value[] {
    return expandWord(word, scope, (script, at) => this.#outputOf(script, at));
  }

  #one(word: Word, scope: Scope): Value {
    return expandToOne(word, scope, (script, at) => this.#outputOf(script, at));
  }

  #giveUp(scope: Scope, why: string): void {
    if (this.#cut) return;
    this.#cut = true;
    this.findings.push({ deed: 'unclear', by: 'the line', what: why, via: scope.via });
  }

  #report(step: Step, by: string, { via }: Scope): void {
    if (step.kind !== 'finding' || this.findings.length >= MAX_FINDINGS) return;
    const { deed, what } = step;
    if (this.findings.some((found) => found.what === what && found.deed === deed)) return;
    this.findings.push({ deed, by, what, via: [...via] });
  }
}

function toInvocation(values: readonly Value[], scope: Scope, stdin: Stdin): Invocation | null {
  const [name, ...args] = values;
  if (name === undefined) return null;
  return { name, program: toProgramName(toShown(name)), args, stdin, scope };
}

/** `X=1 program`: the variable is the program's alone, but the words around it may use another of the same name. */
function subScopeWith(node: Command, scope: Scope, valueOf: (word: Word) => Value): Scope {
  const inner = subScope(scope);
  for (const part of node.prefix) {
    if (part.type === 'Assignment' && part.value.type === 'Word') {
      inner.variables.set(part.name, valueOf(part.value).text);
    }
  }
  return inner;
}

/** The same shell, one script deeper, so that `eval` in `eval` comes to an end. */
function deeper(scope: Scope, by: string): Scope {
  return { ...scope, depth: scope.depth + 1, via: [...scope.via, by] };
}
