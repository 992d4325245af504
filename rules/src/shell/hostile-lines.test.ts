import { array, assert, constantFrom, property } from 'fast-check';
import { expect, test } from 'vitest';
import { analyzeShell } from './analyze-shell.ts';
import type { ShellPlace } from './place.ts';

const PLACE: ShellPlace = {
  workspace: '/home/mia/shop',
  cwd: '/home/mia/shop',
  home: '/home/mia',
  temporary: ['/tmp'],
  guard: ['/home/mia/.config/agentguard'],
};

/** Pieces of shell that mean something beside each other, and blanks. */
const PIECES = [
  ...[
    'git',
    'reset',
    '--hard',
    'rm',
    '-rf',
    '$x',
    '${x:-y}',
    '$(',
    '`',
    ')',
    '(',
    '{',
    '}',
    'a,b',
    '|',
  ],
  ...[
    '&&',
    ';',
    '\n',
    '<<E\n',
    'E\n',
    '<<<',
    '>',
    '>>',
    '2>&1',
    '<(',
    '"',
    "'",
    '\\',
    'if',
    'then',
    'fi',
  ],
  ...[
    'for',
    'in',
    'do',
    'done',
    'while',
    'case',
    'esac',
    'x=',
    'f()',
    'sh',
    '-c',
    'eval',
    'env',
    'sudo',
  ],
  ...[
    'xargs',
    'find',
    '-exec',
    '{}',
    '\\;',
    '*',
    '[a',
    '~',
    '$((1+',
    '))',
    '[[',
    ']]',
    'alias',
    'cd',
    '..',
  ],
  ...[
    '/',
    'echo',
    'python',
    'node',
    'time',
    '!',
    'coproc',
    'select',
    'docker',
    'run',
    '-v',
    ' ',
    ' ',
    ' ',
  ],
];

test('no line makes the analysis fail', () => {
  assert(
    property(array(constantFrom(...PIECES), { maxLength: 40 }), (pieces) => {
      const { findings } = analyzeShell('Bash', pieces.join(''), PLACE);
      expect(findings.map(({ what }) => what)).not.toContain(
        'the line could not be looked through',
      );
    }),
    { numRuns: 3000 },
  );
});

test('what is put in front of a command that destroys never hides it, where bash would still run it', () => {
  const fronts = [
    'true; ',
    'A=1; ',
    'cd . && ',
    '{ :; }; ',
    '(:) && ',
    'if :; then :; fi; ',
    '! :; ',
  ];
  assert(
    property(array(constantFrom(...fronts), { maxLength: 4 }), (chosen) => {
      const line = `${chosen.join('')}git reset --hard`;
      const deeds = analyzeShell('Bash', line, PLACE).findings.map(({ deed }) => deed);
      expect(deeds).toEqual(['discard']);
    }),
  );
});
