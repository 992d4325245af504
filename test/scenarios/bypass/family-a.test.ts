import { FAMILY_A } from './corpus/family-a.ts';
import { describeFamily } from './describe-family.ts';

describeFamily('statement text and lexing', FAMILY_A);
