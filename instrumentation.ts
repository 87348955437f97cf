/** Next calls this once at boot, before the first request. */
export async function register(): Promise<void> {
  if (process.env.NEXT_RUNTIME === 'nodejs') (await import('#app/_server/boot.ts')).boot();
}
