import { readHealth } from '#app/_server/health.ts';
import { methods } from '#app/_server/methods.ts';
import { respond } from '#app/_server/respond.ts';

export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = methods({ GET: respond({}, readHealth) });
