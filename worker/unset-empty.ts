/*
 * An empty variable is one that is not set. Our own schemas know; a library that reads the environment while it is loaded
 * (the AI SDK's OpenAI provider throws at an empty OPENAI_BASE_URL) does not, so this is the first import of main.ts.
 */
for (const [name, value] of Object.entries(process.env)) if (value === '') delete process.env[name];
