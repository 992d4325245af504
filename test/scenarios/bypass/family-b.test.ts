import { FAMILY_B } from './corpus/family-b.ts';
import { describeFamily } from './describe-family.ts';

describeFamily('kinds of statements', FAMILY_B);
