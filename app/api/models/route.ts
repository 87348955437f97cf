import { methods } from '#app/_server/methods.ts';
import { listModels } from '#app/_server/models.ts';
import { respond } from '#app/_server/respond.ts';

export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = methods({ GET: respond({}, listModels) });
