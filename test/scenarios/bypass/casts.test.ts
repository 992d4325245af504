import { CASTS_SQL } from '../rental/schema.ts';
import { CASTS } from './corpus/family-c.ts';
import { describeFamily } from './describe-family.ts';

describeFamily('functions and expressions', [CASTS], [CASTS_SQL]);
