import { FAMILY_D } from './corpus/family-d.ts';
import { describeFamily } from './describe-family.ts';

describeFamily('state of the connection', FAMILY_D);
