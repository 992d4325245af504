/** Keys of model providers, by the shapes that they document. */

import { toTokens } from '../secret-kind.ts';

const UUID = '[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}';

export const MODEL_TOKENS = toTokens('models', [
  ['openai-project-key', 'OpenAI project key', 'sk-proj-[\\w-]{40,200}', { check: 'openai' }],
  [
    'openai-service-key',
    'OpenAI service account key',
    'sk-svcacct-[\\w-]{40,200}',
    { check: 'openai' },
  ],
  ['openai-admin-key', 'OpenAI admin key', 'sk-admin-[\\w-]{40,200}', { check: 'openai' }],
  ['openai-key', 'OpenAI key', 'sk-[A-Za-z0-9]{20}<T3BlbkFJ>[A-Za-z0-9]{20}'],
  ['anthropic-key', 'Anthropic key', 'sk-ant-api[0-9]{2}-[\\w-]{80,120}'],
  [
    'anthropic-admin-key',
    'Anthropic admin key',
    'sk-ant-admin[0-9]{2}-[\\w-]{80,120}',
    { opens: 'identity' },
  ],
  ['anthropic-oauth-token', 'Anthropic OAuth token', 'sk-ant-oat[0-9]{2}-[\\w-]{80,120}'],
  ['anthropic-refresh-token', 'Anthropic refresh token', 'sk-ant-ort[0-9]{2}-[\\w-]{80,120}'],
  ['anthropic-session-key', 'Anthropic session key', 'sk-ant-sid[0-9]{2}-[\\w-]{80,140}'],
  ['huggingface-token', 'Hugging Face token', 'hf_[A-Za-z0-9]{34,40}'],
  ['huggingface-organisation-token', 'Hugging Face organisation token', 'api_org_[A-Za-z0-9]{34}'],
  ['replicate-token', 'Replicate token', 'r8_[A-Za-z0-9]{37}'],
  ['groq-key', 'Groq key', 'gsk_[A-Za-z0-9]{52}'],
  ['xai-key', 'xAI key', 'xai-[A-Za-z0-9]{70,84}'],
  ['perplexity-key', 'Perplexity key', 'pplx-[A-Za-z0-9]{48,60}'],
  ['openrouter-key', 'OpenRouter key', 'sk-or-v1-[a-f0-9]{64}'],
  ['langfuse-secret-key', 'Langfuse secret key', `sk-lf-${UUID}`],
  ['helicone-key', 'Helicone key', 'sk-helicone-[a-z0-9-]{20,60}'],
  ['together-key', 'Together key', 'tgp_v1_[\\w-]{43}'],
  ['fireworks-key', 'Fireworks key', 'fw_[A-Za-z0-9]{22,24}'],
  ['cerebras-key', 'Cerebras key', 'csk-[a-z0-9]{48}'],
  ['nvidia-key', 'NVIDIA key', 'nvapi-[\\w-]{60,72}'],
  ['langsmith-key', 'LangSmith key', 'lsv2_(pt|sk)_[a-f0-9]{32}_[a-f0-9]{10}'],
  ['voyage-key', 'Voyage key', 'pa-[\\w-]{43}', { tier: 'warn', check: 'varied' }],
  ['jina-key', 'Jina key', 'jina_[a-f0-9]{32}[\\w-]{28}'],
  ['tavily-key', 'Tavily key', 'tvly-[A-Za-z0-9-]{32,40}'],
  ['firecrawl-key', 'Firecrawl key', 'fc-[a-f0-9]{32}'],
  ['llamacloud-key', 'LlamaCloud key', 'llx-[A-Za-z0-9]{48}'],
  ['cursor-key', 'Cursor key', 'crsr_[a-f0-9]{64}'],
  ['vercel-gateway-key', 'Vercel AI gateway key', 'vck_[A-Za-z0-9]{56}'],
  ['anyscale-key', 'Anyscale key', 'esecret_[a-z0-9]{26,40}'],
  ['deepseek-or-compatible-key', 'key of a model provider', 'sk-[a-f0-9]{32}'],
  [
    'stability-or-compatible-key',
    'key of a model provider',
    'sk-[A-Za-z0-9]{48}',
    { check: 'varied' },
  ],
  ['mem0-key', 'Mem0 key', 'm0-[A-Za-z0-9]{40}'],
  ['browserbase-key', 'Browserbase key', 'bb_live_[\\w-]{27,40}'],
  ['elevenlabs-key', 'ElevenLabs key', 'sk_[a-f0-9]{48}'],
]);
