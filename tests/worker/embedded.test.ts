import { v7 } from 'uuid';
import { expect, test } from 'vitest';
import { READY_MS, startModel, startReadyModel } from '#tests/embedded/model-process.ts';
import { prepareParley } from '#tests/support/parley.ts';
import { startWorkerProcess } from '#tests/support/worker-process.ts';

/** Told without chance it fills the 512 tokens; by chance it may end after a line. */
const STORY = 'Write a very long story about a king.';

test(
  '[ACT10] [EM8] the real model’s reply goes on where it was when the worker is killed, and when the model itself is',
  async () => {
    let model = await startReadyModel();
    const embedded = { OPENAI_BASE_URL: '', OPENAI_API_KEY: '', OPENAI_MODEL: '', EMBEDDED_MODEL_URL: model.base };
    const parley = await prepareParley({ env: embedded });
    const { user, env } = parley;
    let worker = startWorkerProcess(env);
    try {
      await worker.ready();
      const conversationId = v7();
      const { turnId } = await user.send(conversationId, STORY, { settings: { temperature: 0 } });
      const longerThan = (length: number) => user.when(turnId, ({ reply }) => reply.length > length, 60_000);

      const before = await longerThan(40);
      worker.signal('SIGKILL');
      await worker.ended;
      const kept = await user.turn(turnId);
      worker = startWorkerProcess(env);
      const after = await longerThan(kept.reply.length + 20);
      expect(kept.reply.startsWith(before.reply)).toBe(true);
      expect(after.reply.startsWith(kept.reply)).toBe(true);

      await model.stop();
      const broken = await user.when(turnId, ({ retry }) => retry?.tries === 1, 60_000);
      expect(broken.reply.startsWith(after.reply)).toBe(true);
      model = await startModel({ EMBEDDED_MODEL_PORT: String(model.port) });
      const last = await longerThan(broken.reply.length + 20);
      expect(last.reply.startsWith(broken.reply)).toBe(true);

      const types = (await user.log(turnId)).map(({ chunk }) => chunk.type);
      expect(types.filter((type) => type !== 'text-delta')).toEqual(['start-step', 'text-start']);
      const stopped = await user.stop(conversationId, turnId);
      expect(stopped.reply.startsWith(last.reply)).toBe(true);
    } finally {
      await worker.close();
      await model.stop();
      await parley.close();
    }
  },
  READY_MS + 120_000,
);
