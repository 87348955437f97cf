import { z } from 'zod';

/** A list that comes later than this is of no use to whoever waits for a menu. */
const LIST_MS = 3_000;

const Listed = z.object({ data: z.array(z.object({ id: z.string() })) });

/** What OpenAI lists beside models that chat; no other server is known to mix them. */
const NO_CHAT =
  /embedding|moderation|whisper|tts|dall-e|image|audio|realtime|transcribe|sora|davinci|babbage|search-api/;

/** The models that an endpoint lists for this key, by name (OpenAI's `GET /models`). Throws when it does not. */
export async function listModels(baseURL: string, apiKey: string | undefined, send: typeof fetch): Promise<string[]> {
  const response = await send(`${baseURL.replace(/\/$/, '')}/models`, {
    headers: apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` },
    redirect: 'error',
    signal: AbortSignal.timeout(LIST_MS),
  });
  if (!response.ok) throw new Error(`The endpoint lists no models (HTTP ${response.status}).`);
  const { data } = Listed.parse(await response.json());
  return data
    .map(({ id }) => id)
    .filter((id) => !NO_CHAT.test(id))
    .sort();
}
