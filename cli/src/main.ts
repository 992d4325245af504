#!/usr/bin/env node
/** The command line's entry: arguments in, exit code out. */

import { keepCompiledCode } from './compiled-code.ts';

keepCompiledCode();
// Loaded afterwards, since only what is loaded later is kept compiled.
const { runProgram } = await import('./program/program.ts');
process.exitCode = await runProgram(process.argv.slice(2));
