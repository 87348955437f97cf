import type { Guard } from './guard.ts';
import { browserGuards } from './guards/browser.ts';
import { callGuards } from './guards/calls.ts';
import { continuingGuards } from './guards/continuing.ts';
import { drawnGuards } from './guards/drawn.ts';
import { embeddedGuards } from './guards/embedded.ts';
import { launcherGuards } from './guards/launcher.ts';
import { logGuards } from './guards/logs.ts';
import { modelFileGuards } from './guards/model-file.ts';
import { modelGuards } from './guards/model.ts';
import { pageGuards } from './guards/page.ts';
import { runningGuards } from './guards/running.ts';
import { sendingGuards } from './guards/sending.ts';
import { storeFileGuards } from './guards/store-file.ts';
import { streamingGuards } from './guards/streaming.ts';
import { turnLogGuards } from './guards/turn-log.ts';
import { viewingGuards } from './guards/viewing.ts';
import { waitingGuards } from './guards/waiting.ts';
import { webGuards } from './guards/web.ts';
import { workflowGuards } from './guards/workflow.ts';

/** Every guard that a rule of SPEC rests on; a new guard brings its row. */
export const guards: Guard[] = [
  ...turnLogGuards,
  ...sendingGuards,
  ...waitingGuards,
  ...storeFileGuards,
  ...viewingGuards,
  ...streamingGuards,
  ...workflowGuards,
  ...modelGuards,
  ...callGuards,
  ...embeddedGuards,
  ...modelFileGuards,
  ...launcherGuards,
  ...logGuards,
  ...pageGuards,
  ...drawnGuards,
  ...browserGuards,
  ...webGuards,
  ...continuingGuards,
  ...runningGuards,
];
