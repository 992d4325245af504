/** How much of a command line is looked at. What is beyond is `unclear`, never nothing. */

/** Long lines carry whole files in here-documents; the parser takes a second for the worst line of this length. */
export const MAX_COMMAND_CHARACTERS = 100_000;

/** Substitutions inside of substitutions. The parser's time grows with the square of this: 40 take 10 ms, 1000 a second. */
export const MAX_NESTING = 40;

/** Substitutions and here-documents in one line. A thousand here-documents take the parser 200 ms. */
export const MAX_OPENERS = 400;

/** Scripts inside of scripts: `sh -c "sh -c ..."`. People write two. */
export const MAX_SCRIPT_DEPTH = 8;

/** Nodes and words that are looked at, over all scripts of one line. */
export const MAX_STEPS = 20_000;

/** What one brace expression may become. */
export const MAX_BRACE_WORDS = 64;

/** Words of a `for` whose body is looked at once for each. */
export const MAX_LOOP_WORDS = 16;

/** Findings of one line: a person reads them. */
export const MAX_FINDINGS = 20;

/** Parts of one word: quotes, variables, braces. */
export const MAX_WORD_PARTS = 500;
