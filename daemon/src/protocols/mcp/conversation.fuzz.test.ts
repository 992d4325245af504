import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Playbook } from './conversation-playbook.ts';

/** Minutes of CI are dear; a long run is asked for by name. */
const RUNS = Number(process.env['AGENTGUARD_FUZZ_RUNS'] ?? 400);

const IDS = ['1', '2', '"a"', '"__proto__"', 'null', '1e1', '9007199254740993', '{}'];
const METHODS = [
  ...[
    'initialize',
    'tools/list',
    'tools/call',
    'resources/read',
    'prompts/get',
    'ping',
    'odd/thing',
  ],
  ...[
    'notifications/cancelled',
    'notifications/tools/list_changed',
    'notifications/progress',
    'tasks/get',
  ],
  ...[
    'subscriptions/listen',
    'sampling/createMessage',
    'elicitation/create',
    'roots/list',
    'server/discover',
  ],
];
const PARAMS = [
  ...[
    '{}',
    '{"name":"add"}',
    '{"name":"add","arguments":{"a":1}}',
    '{"uri":"file:///a"}',
    '{"requestId":1}',
    '[]',
  ],
  ...[
    '{"name":"add","name":"b"}',
    '{"taskId":"t"}',
    '{"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28"},"name":"add"}',
  ],
  ...[
    '{"resourceSubscriptions":["a","b"]}',
    '{"message":"x","requestedSchema":{"properties":{"password":{}}}}',
  ],
  ...['{"name":"add","inputResponses":{},"requestState":"S"}', '{"progressToken":1,"progress":2}'],
];
const RESULTS = [
  ...[
    '{}',
    '{"tools":[{"name":"add"}]}',
    '{"tools":{}}',
    '{"content":[{"type":"text","text":"x\\u001b"}]}',
  ],
  ...[
    '{"resultType":"input_required","requestState":"S","inputRequests":{"a":{"method":"sampling/createMessage"}}}',
  ],
  ...['{"task":{"taskId":"t"}}', '{"instructions":"obey"}', '7'],
];

const pick = (list: readonly string[]): fc.Arbitrary<string> => fc.constantFrom(...list);
const line = fc.oneof(
  fc
    .tuple(pick(IDS), pick(METHODS), pick(PARAMS))
    .map(
      ([id, method, params]) =>
        `{"jsonrpc":"2.0","id":${id},"method":"${method}","params":${params}}`,
    ),
  fc
    .tuple(pick(METHODS), pick(PARAMS))
    .map(([method, params]) => `{"jsonrpc":"2.0","method":"${method}","params":${params}}`),
  fc
    .tuple(pick(IDS), pick(RESULTS))
    .map(([id, result]) => `{"jsonrpc":"2.0","id":${id},"result":${result}}`),
  pick(IDS).map((id) => `{"jsonrpc":"2.0","id":${id},"error":{"code":1,"message":"no"}}`),
  fc.string({ maxLength: 40 }).map((text) => text.replaceAll('\n', ' ')),
);

type Step =
  | { readonly kind: 'client' | 'server'; readonly text: string }
  | { readonly kind: 'rule'; readonly yes: boolean }
  | { readonly kind: 'tick' };

const step: fc.Arbitrary<Step> = fc.oneof(
  fc
    .tuple(fc.constantFrom('client' as const, 'server' as const), line)
    .map(([kind, text]) => ({ kind, text })),
  fc.boolean().map((yes) => ({ kind: 'rule' as const, yes })),
  fc.constant({ kind: 'tick' as const }),
);

/** What may reach the server without a decision. */
const HARMLESS =
  /^(?:initialize|tools\/list|resources\/list|resources\/templates\/list|prompts\/list|ping|logging\/setLevel|server\/discover|resources\/unsubscribe|notifications\/.*|tasks\/.*)$/;

test('P-91: whatever either side says in whatever order, nothing that asks for work passes beyond what was allowed', () => {
  fc.assert(
    fc.property(
      fc.array(step, { maxLength: 60 }),
      fc.integer({ min: 1, max: 50 }),
      (steps, cut) => {
        const playbook = new Playbook({ seen: [{ name: 'add' }] });
        let allowed = 0;
        for (const one of steps) {
          if (one.kind === 'rule') {
            const [question] = playbook.asked;
            if (question === undefined) continue;
            if (one.yes) allowed += 1;
            playbook.rule(question.name, one.yes ? 'yes' : 'no');
          } else if (one.kind === 'tick') {
            playbook.now += 1000;
            playbook.event({ kind: 'tick' });
          } else {
            const bytes = Buffer.from(`${one.text}\n`);
            playbook.bytes(one.kind, bytes.subarray(0, cut)).bytes(one.kind, bytes.subarray(cut));
          }
        }
        const asking = playbook.toServer.filter((message) => {
          const { method } = message as { readonly method?: string };
          // One that names nothing listens for nothing.
          if (method === 'subscriptions/listen')
            return JSON.stringify(message).includes('resourceSubscriptions');
          return method !== undefined && !HARMLESS.test(method);
        });
        // A retry goes on under the decision that its first round had.
        const retries = playbook.toClient.filter((message) =>
          JSON.stringify(message).includes('input_required'),
        );
        expect(asking.length).toBeLessThanOrEqual(allowed + retries.length);
        playbook.event({ kind: 'gone', side: 'client' });
        expect(playbook.inFlight).toBe(0);
      },
    ),
    { numRuns: RUNS },
  );
});
