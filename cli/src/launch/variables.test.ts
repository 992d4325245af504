import { describe, expect, test } from 'vitest';
import { judgeVariable } from './variables.ts';

const CLAUDE = { agent: 'claude', passed: new Set(['MY_TOKEN']) };

describe('a variable (P-42)', () => {
  test.each([
    ['GITHUB_TOKEN', 'ghp_x'],
    ['GH_TOKEN', `ghp_${'a1B2'.repeat(9)}`],
    ['SOMETHING', `ghp_${'a1B2'.repeat(9)}`],
    ['AWS_ACCESS_KEY_ID', 'AKIAIOSFODNN7EXAMPLE'],
    ['AWS_SECRET_ACCESS_KEY', 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY'],
    ['RAILWAY_TOKEN', '5c1a2b3c-0000-4000-8000-000000000001'],
    ['OPENAI_API_KEY', 'sk-proj-x'],
    ['STRIPE_SECRET', 'x'],
    ['ADMIN_PASSWORD', 'x'],
    ['API_URL', 'https://user:pw@example.com'],
    ['PROXY', 'http://bob@proxy:8080'],
    ['SENTRY_DSN', 'https://abc@sentry.example/1'],
    ['BLOB', 'q8Zt2Lw9Xv4Kb7Rm1Pn6'],
    ['CONFIG', '{"key":"q8Zt2Lw9Xv4Kb7Rm1Pn6Yc3"}'],
    ['NPM_CONFIG__AUTH', 'dXNlcjpwYXNzd29yZDEyMzQ1Ng=='],
    ['HEX', '0123456789abcdef0123456789abcdef'],
    ['LONG', 'word '.repeat(300)],
    ['PYTHON_KEYRING', `npm_${'a1B2'.repeat(9)}`],
    ['EDITOR', `sk_live_${'a1B2'.repeat(5)}`],
  ])('%s=%s is withheld', (name, value) => {
    expect(judgeVariable(name, value, CLAUDE).kind).toBe('withheld');
  });

  test.each([
    ['PATH', '/usr/bin:/home/ana/.nvm/versions/node/v24.1.0/bin'],
    ['HOME', '/home/ana'],
    ['PWD', '/home/ana/shop'],
    ['OLDPWD', '/home/ana'],
    ['TERM_SESSION_ID', 'w0t1p0:5C1A2B3C-0000-4000-8000-000000000001'],
    ['PORT', '3000'],
    ['NODE_ENV', 'test'],
    ['DEBUG', 'app:*'],
    ['FEATURE_FLAG', 'on'],
    ['API_URL', 'https://api.example.com/v2?page=3'],
    ['BUILD', '2026-11-21.3'],
    ['BRANCH', 'feature/new-booking-form-with-validation'],
    ['SERVICES', 'web, worker, clock'],
    ['OTEL_SERVICE_NAME', 'booking-service-development'],
    ['LOG_FORMAT', '%Y-%m-%d %H:%M:%S'],
    ['EMPTY_TOKEN', ''],
    ['NEXT_PUBLIC_SITE', 'https://example.com'],
    ['AGENTGUARD_HOME', '/srv/guard'],
    ['CLASS_PATH', 'lib/a.jar:lib/b.jar'],
    ['MY_TOKEN', 'let through by hand'],
    ['ANTHROPIC_API_KEY', 'sk-ant-of-the-agent-itself'],
  ])('%s=%s is kept', (name, value) => {
    expect(judgeVariable(name, value, CLAUDE)).toEqual({ kind: 'kept' });
  });

  test('with the credential of another agent is withheld', () => {
    const codex = { agent: 'codex', passed: new Set<string>() };
    expect(judgeVariable('ANTHROPIC_API_KEY', 'sk-ant-x', codex).kind).toBe('withheld');
    expect(judgeVariable('OPENAI_API_KEY', 'sk-x', codex).kind).toBe('kept');
    expect(judgeVariable('OPENAI_API_KEY', 'sk-x', { ...codex, agent: 'sh' }).kind).toBe(
      'withheld',
    );
  });
});
