import { parseEnv, WebEnv } from '#lib/env.ts';

let env: WebEnv | undefined;

/** The environment of the web process, parsed at first use; boot makes that the first moment. Throws a readable line. */
export const webEnv = (): WebEnv => (env ??= parseEnv(WebEnv));
