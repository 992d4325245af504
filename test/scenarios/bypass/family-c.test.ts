import { FAMILY_C } from './corpus/family-c.ts';
import { describeFamily } from './describe-family.ts';

describeFamily('functions and expressions', FAMILY_C);
