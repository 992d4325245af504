#!/usr/bin/env node
/** The command line's entry: arguments in, exit code out. */

import { runProgram } from './program/program.ts';

process.exitCode = await runProgram(process.argv.slice(2));
